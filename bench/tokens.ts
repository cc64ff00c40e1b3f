import { resolve } from 'node:path';
import { freePort, startProcess } from '@pkgauth/testkit';
import { startService } from '../interop/support/service.ts';
import { openLoginSession } from './log-in.ts';
import { cpuMicroseconds, inTurn, median, ratio } from './measure.ts';
import type { Table } from './report.ts';

type Sample = { perSecond: number; cpu: number };
const workers = 8;

/** Durable token issue and rotation, against a stock `oidc-provider` that keeps its tokens in memory. */
export async function benchTokens({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Table> {
  await using service = await startService();
  const key = await service.apiKey();
  const port = await freePort();
  await using peer = await startProcess(process.execPath, [
    resolve(import.meta.dirname, 'stock-provider.ts'),
    String(port),
  ]);
  await peer.waitFor(/listening/);

  const sessions = await Promise.all(
    Array.from({ length: workers }, () => openLoginSession(service.url, service.owner)),
  );
  const exchange = () => post(`${service.url}/auth/cli/access-token`, '', { authorization: `Bearer ${key}` });
  const refresh = async (worker: number) => {
    const body = JSON.stringify({ refresh_token: sessions[worker] });
    sessions[worker] = (
      (await post(`${service.url}/auth/cli/refresh`, body)) as { refresh_token: string }
    ).refresh_token;
  };
  const peerTokens: string[] = [];
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const peerIssue = () =>
    post(
      `http://127.0.0.1:${port}/token`,
      'grant_type=client_credentials&client_id=bench&client_secret=bench-secret-of-thirty-two-chars',
      form,
    );
  for (let worker = 0; worker < workers; worker++) {
    peerTokens.push(
      ((await post(`http://127.0.0.1:${port}/bench/refresh-token`, '')) as { refresh_token: string })
        .refresh_token,
    );
  }
  const peerRefresh = async (worker: number) => {
    const body = `grant_type=refresh_token&client_id=native&refresh_token=${peerTokens[worker]}`;
    peerTokens[worker] = (
      (await post(`http://127.0.0.1:${port}/token`, body, form)) as { refresh_token: string }
    ).refresh_token;
  };
  const measured = await inTurn<Sample>(rounds, {
    issue: () => sample(service.pid(), seconds, exchange),
    'peer issue': () => sample(peer.pid, seconds, peerIssue),
    refresh: () => sample(service.pid(), seconds, refresh),
    'peer refresh': () => sample(peer.pid, seconds, peerRefresh),
  });
  const row = (name: string, ours: Sample[] = [], peers: Sample[] = []) => [
    name,
    median(ours.map((one) => one.perSecond)).toFixed(0),
    median(ours.map((one) => one.cpu)).toFixed(0),
    median(peers.map((one) => one.perSecond)).toFixed(0),
    median(peers.map((one) => one.cpu)).toFixed(0),
    ratio(
      ours.map((one) => one.perSecond),
      peers.map((one) => one.perSecond),
    ).toFixed(2),
  ];
  return {
    title: 'Tokens, SQLite with synchronous commits, against stock oidc-provider that keeps tokens in memory',
    head: ['work', 'per second', 'CPU µs', 'peer per second', 'peer CPU µs', 'ratio'],
    rows: [
      row('API key → access token (ES256)', measured['issue'], measured['peer issue']),
      row('refresh with rotation', measured['refresh'], measured['peer refresh']),
    ],
  };
}

async function sample(
  pid: number,
  seconds: number,
  work: (worker: number) => Promise<unknown>,
): Promise<Sample> {
  const before = cpuMicroseconds(pid);
  const end = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      while (performance.now() < end) {
        await work(worker);
        done++;
      }
    }),
  );
  return { perSecond: done / seconds, cpu: (cpuMicroseconds(pid) - before) / done };
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, makeWheel, startProcess, startUpstreamIndex, temporaryDirectory } from '@pkgauth/testkit';
import { startService } from '../interop/support/service.ts';
import { inTurn, type Load, measureRate, median, type Rate, ratio } from './measure.ts';
import type { Table } from './report.ts';

/** Requests through authentication and decision, against bare `node:http` with the same bytes. */
export async function benchGateway({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Table> {
  const big = makeWheel({ name: 'big', version: '1.0', padding: incompressible(1_000_000) });
  await using upstream = await startUpstreamIndex([
    big,
    ...Array.from({ length: 20 }, (_, at) => makeWheel({ name: 'small', version: `1.${at}` })),
  ]);
  await using service = await startService({ upstream: upstream.url });
  const token = await accessToken(service.url, await service.apiKey());
  const page = `${service.url}/simple/acme/main/small/`;
  const file = `${service.url}/simple/acme/main/big/${big.filename}`;
  const json = { authorization: `Bearer ${token}`, accept: 'application/vnd.pypi.simple.v1+json' };
  const first = await fetch(page, { headers: json });
  const etag = first.headers.get('etag') ?? '';
  await (await fetch(file, { headers: json })).arrayBuffer();

  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'page'), await first.text());
  writeFileSync(join(directory.path, 'file'), big.content);
  const port = await freePort();
  await using bare = await startProcess(process.execPath, [
    resolve(import.meta.dirname, 'bare-server.ts'),
    String(port),
    join(directory.path, 'page'),
    join(directory.path, 'file'),
  ]);
  await bare.waitFor(/listening/);
  const peer = `http://127.0.0.1:${port}`;

  const cases: [name: string, ours: Load, peers: Load][] = [
    [
      '304, warm token',
      { url: page, headers: { ...json, 'if-none-match': etag } },
      { url: `${peer}/page`, headers: { ...json, 'if-none-match': etag } },
    ],
    [
      'small page (JSON, 20 files), warm token',
      { url: page, headers: json },
      { url: `${peer}/page`, headers: json },
    ],
    [
      '1 MB file, warm token',
      { url: file, headers: json, connections: 8 },
      { url: `${peer}/file`, headers: json, connections: 8 },
    ],
  ];
  const rows: string[][] = [];
  for (const [name, ours, peers] of cases) {
    const measured = await inTurn<Rate>(rounds, {
      ours: () => measureRate(service.pid(), ours, seconds),
      peer: () => measureRate(bare.pid, peers, seconds),
    });
    rows.push(row(name, measured['ours'] ?? [], measured['peer'] ?? []));
  }
  return {
    title: 'Gateway, one process on SQLite, against bare node:http with the same bytes and no authentication',
    head: [
      'request',
      'requests/s',
      'p99 ms',
      'CPU µs',
      'peer requests/s',
      'peer CPU µs',
      'ratio requests/s',
      'CPU µs over the peer',
      'failed',
    ],
    rows,
  };
}

function row(name: string, ours: Rate[], peers: Rate[]): string[] {
  const of = (rates: Rate[], field: keyof Rate) => rates.map((rate) => rate[field]);
  const middle = (rates: Rate[], field: keyof Rate) => median(of(rates, field));
  return [
    name,
    middle(ours, 'perSecond').toFixed(0),
    middle(ours, 'p99').toFixed(1),
    middle(ours, 'cpuPerRequest').toFixed(1),
    middle(peers, 'perSecond').toFixed(0),
    middle(peers, 'cpuPerRequest').toFixed(1),
    ratio(of(ours, 'perSecond'), of(peers, 'perSecond')).toFixed(2),
    (middle(ours, 'cpuPerRequest') - middle(peers, 'cpuPerRequest')).toFixed(1),
    String(ours.reduce((sum, { failed }) => sum + failed, 0)),
  ];
}

async function accessToken(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/auth/cli/access-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

function incompressible(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

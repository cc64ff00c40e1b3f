import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeDistribution, type FaultyIndex, makeWheel } from '@pkgauth/testkit';
import { deviceLogin, type FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import type { Service } from '../support/service.ts';
import { upload } from '../support/upload.ts';

/** What the service said that it had done, so that it must still be so after its death. */
export type Acknowledged = {
  uploads: FakeDistribution[];
  /** Files that a mirror served whole. */
  mirrored: FakeDistribution[];
  keys: { id: string; key: string; revoked: boolean }[];
  sessions: Tokens[];
  rotations: number;
};

export type Workload = {
  acknowledged: Acknowledged;
  /** How much was acknowledged so far; nothing before the first file, which takes longest. */
  done(): number;
  /** Ends the workers; what failed meanwhile because the service died does not count. */
  stop(): Promise<void>;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let serial = 0;

/** A wheel that nobody has seen before, large enough to be met half written. */
const newWheel = (name: string, bytes: number): FakeDistribution => {
  serial += 1;
  return makeWheel({ name: `${name}-${serial}`, version: '1.0', padding: randomBytes(bytes) });
};

export const projectOf = ({ filename }: FakeDistribution): string =>
  (filename.split('-')[0] ?? '').replaceAll('_', '-');

/** Fetches a file; `undefined` when it did not arrive whole. Throws when what arrived is not the file. */
export async function fetchWhole(
  service: Service,
  authorization: string,
  index: string,
  file: FakeDistribution,
): Promise<number | undefined> {
  const url = `${service.url}/simple/acme/${index}/${projectOf(file)}/${file.filename}`;
  const response = await fetch(url, { headers: { authorization } });
  const content = await response.bytes().catch(() => undefined);
  if (content === undefined) return undefined;
  if (response.status === 200 && sha256(content) !== file.sha256) {
    throw new Error(`${file.filename} was served with other bytes`);
  }
  return response.status;
}

/** Begins to upload, fetch through the mirror, make and revoke keys, log in and rotate, all at once and without end. */
export function startWorkload(
  service: Service,
  { key, index, browser }: { key: string; index: FaultyIndex; browser: FormBrowser },
  login: Tokens,
): Workload {
  const acknowledged: Acknowledged = { uploads: [], mirrored: [], keys: [], sessions: [], rotations: 0 };
  const authorization = `Bearer ${key}`;
  let running = true;
  const corruption: unknown[] = [];

  // Every error of a connection is the death of the service; wrong bytes are not.
  async function repeat(work: () => Promise<void>): Promise<void> {
    while (running) {
      await work().catch((error: unknown) => {
        if (error instanceof Error && error.message.includes('other bytes')) corruption.push(error);
        return sleep(5);
      });
    }
  }
  const uploading = async () => {
    const wheel = newWheel('hosted', 300_000);
    if ((await upload(service.url, authorization, wheel)).status === 200) acknowledged.uploads.push(wheel);
  };
  const fetching = async () => {
    const wheel = newWheel('mirrored', 300_000);
    index.publish(wheel);
    if ((await fetchWhole(service, authorization, 'pypi', wheel)) === 200) acknowledged.mirrored.push(wheel);
  };
  const workers = [
    ...[uploading, uploading, fetching, fetching].map(repeat),
    repeat(() => makeKey(service, login, acknowledged)),
    repeat(async () => {
      const answer = await fetch(`${service.url}/auth/cli/refresh`, {
        method: 'POST',
        body: JSON.stringify({ refresh_token: login.refresh_token }),
      });
      if (answer.status !== 200) throw new Error(`refresh: ${answer.status}`);
      Object.assign(login, await answer.json());
      acknowledged.rotations += 1;
    }),
    repeat(async () => {
      // Both doors: each bounds how many logins may be pending, and a kill leaves one behind.
      const door = Math.random() < 0.5 ? pyxLogin : deviceLogin;
      acknowledged.sessions.push(await door(service.url, browser));
    }),
  ];
  return {
    acknowledged,
    done() {
      const { uploads, mirrored, keys, sessions, rotations } = acknowledged;
      const files = uploads.length + mirrored.length;
      return files === 0 ? 0 : files + keys.length + sessions.length + rotations;
    },
    async stop() {
      running = false;
      await Promise.all(workers);
      if (corruption.length > 0) throw corruption[0];
    },
  };
}

async function makeKey(service: Service, login: Tokens, { keys }: Acknowledged): Promise<void> {
  const headers = { authorization: `Bearer ${login.access_token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ organization: 'acme', validity_days: 7 });
  const made = await fetch(`${service.url}/api/v1/api-keys`, { method: 'POST', headers, body });
  if (made.status !== 201) throw new Error(`key: ${made.status}`);
  const { id, key } = (await made.json()) as { id: string; key: string };
  const kept = { id, key, revoked: false };
  keys.push(kept);
  if (keys.length % 2 === 0) return;
  const revoked = await fetch(`${service.url}/api/v1/api-keys/${id}`, { method: 'DELETE', headers }).catch(
    () => undefined,
  );
  // Without an answer nobody knows whether it was revoked: either is right.
  if (revoked?.status === 204) kept.revoked = true;
  else keys.pop();
}

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase, describeWith, startProcess, temporaryDirectory } from '@pkgauth/testkit';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { type Acknowledged, orgId, prepare, writers } from './acknowledging-writer.fixture.ts';
import { openStorage, type Storage } from './index.ts';

const program = fileURLToPath(new URL('./acknowledging-writer.fixture.ts', import.meta.url));
/** How often the writer is killed; raise it for a long run. */
const rounds = Number(process.env.PKGAUTH_KILL_ROUNDS ?? 20);
const time = { timeout: 30_000 + rounds * 3_000 };

type Query = (statement: string) => Promise<Record<string, unknown>[]>;

describe('PS01 a process that is killed while it writes to SQLite', () => {
  it(`PS01 loses nothing that it acknowledged, ${rounds} times`, time, async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'db');
    const query: Query = async (statement) => {
      const database = new DatabaseSync(path);
      try {
        return database
          .prepare(statement)
          .all()
          .map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    };
    await killRepeatedly(`sqlite://${path}`, rounds, query, async () => {
      expect(await query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(await query('pragma foreign_key_check')).toEqual([]);
    });
  });
});

describeWith(['postgres'], 'PS01 a process that is killed while it writes to PostgreSQL', () => {
  it(`PS01 loses nothing that it acknowledged, ${Math.ceil(rounds / 4)} times`, time, async () => {
    await using database = await createDatabase();
    const query: Query = async (statement) => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        return (await client.query(statement)).rows;
      } finally {
        await client.end();
      }
    };
    await killRepeatedly(database.url, Math.ceil(rounds / 4), query, async () => {});
  });
});

async function killRepeatedly(
  url: string,
  times: number,
  query: Query,
  inspect: () => Promise<void>,
): Promise<void> {
  const first = await openStorage(url);
  await prepare(first);
  await first.close();
  let acknowledgements = 0;
  for (let round = 0; round < times; round++) {
    const acknowledged = await killWriter(url);
    acknowledgements += acknowledged.length;
    // Opening is all the repair that there is.
    const storage = await openStorage(url);
    for (const what of acknowledged) await expectPresent(storage, what);
    await expectNothingHalf(storage, query);
    await inspect();
    await storage.close();
  }
  expect(acknowledgements).toBeGreaterThan(times);
}

/** Starts the writer, kills it at some moment after it began to write, and answers what it had acknowledged. */
async function killWriter(url: string): Promise<Acknowledged[]> {
  await using writer = await startProcess(process.execPath, ['--conditions=@pkgauth/source', program, url]);
  await writer.waitFor(/\n/);
  await sleep(Math.random() * 150);
  writer.signal('SIGKILL');
  const { stdout, signal, stderr } = await writer.ended;
  expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: expect.not.stringContaining('Error') });
  // A line that the kill cut off acknowledged nothing.
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function expectPresent(storage: Storage, what: Acknowledged): Promise<void> {
  switch (what.kind) {
    case 'session':
      expect(await storage.loginSessions.get(what.id)).toBeDefined();
      return expect(await storage.loginSessions.findToken(what.token)).toMatchObject({ sessionId: what.id });
    case 'rotation':
      expect(await storage.loginSessions.findToken(what.to)).toBeDefined();
      return expect(await storage.loginSessions.findToken(what.from)).toMatchObject({
        successorHash: what.to,
        sealedSuccessor: 'sealed',
      });
    case 'revocation':
      return expect(await storage.loginSessions.get(what.id)).toMatchObject({ revokedReason: 'logout' });
    case 'file':
      return expect(await storage.hostedFiles.get(what.registryId, what.filename)).toMatchObject({
        sha256: what.sha256,
      });
    case 'key':
      return expect(await storage.apiKeys.findBySecretHash(what.secretHash)).toMatchObject({ id: what.id });
    case 'reissue':
      return expect(await storage.organizationTokens.findIndividual(what.secretHash)).toBeDefined();
  }
}

async function expectNothingHalf(storage: Storage, query: Query): Promise<void> {
  expect(
    await query(`select id from login_sessions where 1 <>
      (select count(*) from refresh_tokens where session_id = login_sessions.id and rotated_at is null)`),
  ).toEqual([]);
  expect(
    await query(`select hash from refresh_tokens where rotated_at is not null
      and not exists (select 1 from refresh_tokens s where s.hash = refresh_tokens.successor_hash)`),
  ).toEqual([]);
  expect(await query('select id from api_keys where id not in (select target from audit_events)')).toEqual(
    [],
  );
  expect(
    await query('select target from audit_events where target not in (select id from api_keys)'),
  ).toEqual([]);
  expect(await storage.audit.verify()).toBeUndefined();
  const keys = await storage.apiKeys.listOfOrganization(orgId);
  expect(await storage.revocations.epoch()).toBe(keys.length + 1);
  const current = await query('select user_id from individual_tokens where revoked_at is null');
  expect(current.length).toBeLessThanOrEqual(writers);
}

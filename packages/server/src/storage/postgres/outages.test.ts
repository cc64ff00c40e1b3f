import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { createDatabase, describeWith, freePort, type TestDatabase } from '@pkgauth/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Storage } from '../../core/ports/storage.ts';
import { openStorage } from '../index.ts';

/** A way to the database that can be cut. */
type Link = {
  url: string;
  /** `through`: as if it were not there; `silent`: swallows all bytes; `closed`: resets what it gets. */
  mode: 'through' | 'silent' | 'closed';
  reset(): void;
  close(): Promise<void>;
};

async function linkTo(databaseUrl: string): Promise<Link> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    if (link.mode === 'closed') return near.resetAndDestroy();
    const far = dial(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => link.mode === 'through' && to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (link.mode === 'through') to.end();
      });
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = `${port}`;
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const link: Link = {
    url: url.href,
    mode: 'through',
    reset,
    close: () => {
      reset();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return link;
}

const unavailable = { name: 'StorageError', code: 'unavailable' };
const now = Date.UTC(2026, 0, 1);

// Whoever waits longer for a database that is gone than these two tries of two seconds has waited too long.
describeWith(['postgres'], 'PS04 PostgreSQL that is gone', () => {
  let database: TestDatabase;
  let link: Link;
  let storage: Storage;

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    link = await linkTo(database.url);
    storage = await openStorage(link.url);
  });
  afterEach(async () => {
    await link.close();
    await storage.close();
  });

  it('PS04 refusing connections: every call says so, and the next one after it is back succeeds', async () => {
    link.mode = 'closed';
    link.reset();
    await expect(storage.ping()).rejects.toMatchObject(unavailable);
    await expect(storage.revocations.bump()).rejects.toMatchObject(unavailable);
    await expect(storage.transaction((inner) => inner.revocations.bump())).rejects.toMatchObject(unavailable);
    link.mode = 'through';
    await expect(storage.ping()).resolves.toBeUndefined();
  });

  it('PS04 falling silent: a call gives up, and does not leave its connection to the next one', {
    timeout: 5000,
  }, async () => {
    await storage.ping();
    link.mode = 'silent';
    await expect(storage.revocations.epoch()).rejects.toMatchObject(unavailable);
    link.mode = 'through';
    await expect(storage.revocations.epoch()).resolves.toBeGreaterThan(0);
  });

  it('PS04 silent from the start: opening gives up', { timeout: 5000 }, async () => {
    link.mode = 'silent';
    await expect(openStorage(link.url)).rejects.toMatchObject(unavailable);
  });

  it('PS04 cut off in a transaction: nothing of it is kept, and the storage goes on', async () => {
    const before = await storage.revocations.epoch();
    const work = storage.transaction(async (inner) => {
      await inner.revocations.bump();
      link.reset();
      await inner.revocations.bump();
    });
    await expect(work).rejects.toMatchObject(unavailable);
    expect(await storage.revocations.epoch()).toBe(before);
  });

  it('PS04 cut off at the commit: what was told to have failed may be done again without harm', async () => {
    const add = () =>
      storage.revocations.add([{ subject: 'session:ses_1', notBefore: now, expiresAt: now + 1000 }]);
    const work = storage.transaction(async () => {
      await add();
      setImmediate(() => link.reset());
    });
    await work.catch((error: unknown) => expect(error).toMatchObject(unavailable));
    await add();
    expect(await storage.revocations.list(now)).toEqual([
      { subject: 'session:ses_1', notBefore: now, expiresAt: now + 1000 },
    ]);
  });

  it('PS04 ending idle connections: nobody notices', async () => {
    await Promise.all(Array.from({ length: 5 }, () => storage.ping()));
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    await client.end();
    await expect
      .poll(() =>
        storage.ping().then(
          () => 'back',
          () => 'gone',
        ),
      )
      .toBe('back');
  });

  it('PS04 all connections taken: a further call gives up, and the storage goes on', {
    timeout: 5000,
  }, async () => {
    const gate = Promise.withResolvers<void>();
    const holders = Array.from({ length: 10 }, () => storage.transaction(() => gate.promise));
    await expect(storage.ping()).rejects.toMatchObject(unavailable);
    gate.resolve();
    await Promise.all(holders);
    await expect(storage.ping()).resolves.toBeUndefined();
  });

  it('PS04 holding a lock for too long: the one who waits gives up', { timeout: 5000 }, async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin; select * from revocation_epoch for update');
    await expect(storage.revocations.bump()).rejects.toMatchObject(unavailable);
    await client.query('rollback');
    await client.end();
    await expect(storage.revocations.bump()).resolves.toBeUndefined();
  });

  it('an absent database, or a server that is not there, is named without its URL', async () => {
    const absent = new URL(database.url);
    absent.pathname = '/secret-name';
    absent.password = 'secret-password';
    const nobody = `postgres://secret-user:secret-password@127.0.0.1:${await freePort()}/d`;
    for (const url of [absent.href, nobody]) {
      const error = await openStorage(url).catch((reason: unknown) => reason);
      expect(error).toMatchObject(unavailable);
      expect(String(error)).not.toContain('secret');
    }
  });
});

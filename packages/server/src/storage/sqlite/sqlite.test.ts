import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from '@pkgauth/testkit';
import { CamelCasePlugin, Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { NewAuditEvent, User } from '../../core/model.ts';
import { StorageError } from '../../core/ports/storage.ts';
import { openStorage } from '../index.ts';
import { ddl } from '../migrations/dialect.ts';
import { migrations } from '../migrations/index.ts';
import type { Backend } from '../sql/handle.ts';
import { createStorage } from '../sql/storage.ts';
import type { Tables } from '../sql/tables.ts';
import { sqliteDialect } from './dialect.ts';
import { refuseNetworkFileSystem } from './network-file-system.ts';

const user = (id: string, change: Partial<User> = {}): User => ({
  id,
  email: `${id}@example.com`,
  name: '',
  passwordHash: null,
  createdAt: 1,
  disabledAt: null,
  ...change,
});

describe('the SQLite file', () => {
  it('is made with its directory, for its owner only', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'data', 'db.sqlite');
    const storage = await openStorage(`sqlite://${path}`);
    await storage.users.insert(user('usr_1'));
    expect(statSync(join(directory.path, 'data')).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  it('is written through to the disk at every commit, with its references checked', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'db');
    const storage = await openStorage(`sqlite://${path}`);
    await storage.close();
    const database = new DatabaseSync(path);
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('keeps what was stored when it is closed and opened again', async () => {
    using directory = temporaryDirectory();
    const url = `sqlite://${join(directory.path, 'db')}`;
    const first = await openStorage(url);
    await first.users.insert(user('usr_1'));
    await first.close();
    const second = await openStorage(url);
    expect(await second.users.get('usr_1')).toEqual(user('usr_1'));
    await second.close();
  });

  it('that is none is refused, and left as it was', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'notes.txt');
    writeFileSync(path, 'shopping list\n'.repeat(100));
    const before = statSync(path).size;
    await expect(openStorage(`sqlite://${path}`)).rejects.toMatchObject({ code: 'unavailable' });
    expect(statSync(path).size).toBe(before);
  });

  it('in a place that cannot be is refused', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    await expect(openStorage(`sqlite://${join(file, 'db')}`)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('in memory is a new one each time, and leaves nothing behind', async () => {
    const first = await openStorage('sqlite::memory:');
    const second = await openStorage('sqlite::memory:');
    await first.users.insert(user('usr_1'));
    expect(await second.users.get('usr_1')).toBeUndefined();
    await first.close();
    await second.close();
  });
});

describe('PS03 network file systems', () => {
  const stat = (type: number) => async () => ({ type }) as never;

  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['CIFS, as a signed word', 0xff534d42 | 0],
    ['SMB 2', 0xfe534d42],
    ['SMB', 0x517b],
    ['AFS', 0x5346414f],
  ])('PS03 %s is refused with what to do instead', async (_name, type) => {
    const refusal = refuseNetworkFileSystem('/srv/data', 'linux', stat(type));
    await expect(refusal).rejects.toBeInstanceOf(StorageError);
    await expect(refusal).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('--data'),
    });
  });

  it.each([
    ['ext4', 0xef53],
    ['tmpfs', 0x01021994],
    ['btrfs', 0x9123683e],
    ['overlay', 0x794c7630],
  ])('%s is not', async (_name, type) => {
    await expect(refuseNetworkFileSystem('/srv/data', 'linux', stat(type))).resolves.toBeUndefined();
  });

  it('nor the directory of these tests', async () => {
    using directory = temporaryDirectory();
    await expect(refuseNetworkFileSystem(directory.path, process.platform)).resolves.toBeUndefined();
  });
});

describe('look-ups', () => {
  it('go on while a transaction waits for something else', async () => {
    using directory = temporaryDirectory();
    const storage = await openStorage(`sqlite://${join(directory.path, 'db')}`);
    await storage.users.insert(user('usr_1'));
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const transaction = storage.transaction(async (inner) => {
      await inner.users.update('usr_1', { name: 'new' });
      begun.resolve();
      await gate.promise;
    });
    await begun.promise;
    const waiting = storage.users.insert(user('usr_2'));
    expect(await storage.users.get('usr_1')).toEqual(user('usr_1'));
    expect(await storage.revocations.epoch()).toBe(1);
    expect(await storage.users.get('usr_2')).toBeUndefined();
    gate.resolve();
    await transaction;
    await waiting;
    expect(await storage.users.get('usr_1')).toMatchObject({ name: 'new' });
    expect(await storage.users.get('usr_2')).toEqual(user('usr_2'));
    await storage.close();
  });
});

/** A storage whose database has room for `pages` pages only, until `free` is called. */
async function smallStorage(path: string) {
  const database = new DatabaseSync(path, { timeout: 0 });
  database.exec('pragma journal_mode = wal');
  for (const { statements } of migrations)
    for (const statement of statements(ddl.sqlite)) database.exec(statement);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database), plugins: [new CamelCasePlugin()] });
  const backend: Backend = {
    reader: db,
    writer: db,
    transaction: (_isolation, work) => db.transaction().execute(work),
    close: () => db.destroy(),
  };
  return {
    storage: createStorage(backend),
    fill: () => database.exec('pragma max_page_count = 1'),
    free: () => database.exec('pragma max_page_count = 100000'),
  };
}

describe('PS02 a full disk', () => {
  const event = (detail: Record<string, unknown>): NewAuditEvent => ({
    at: 1,
    actor: 'system',
    action: 'a.b',
    orgId: null,
    target: null,
    detail,
    ip: null,
    requestId: null,
  });

  it('PS02 refuses changes whole, lets look-ups go on, and recovers without a restart', async () => {
    using directory = temporaryDirectory();
    const { storage, fill, free } = await smallStorage(join(directory.path, 'db'));
    await storage.users.insert(user('usr_1'));
    fill();
    const big = event({ text: 'x'.repeat(100_000) });
    await expect(storage.audit.append(big)).rejects.toMatchObject({ code: 'unavailable' });
    const transaction = storage.transaction(async (inner) => {
      await inner.users.update('usr_1', { name: 'half' });
      await inner.audit.append(big);
    });
    await expect(transaction).rejects.toMatchObject({ code: 'unavailable' });
    expect(await storage.users.get('usr_1')).toEqual(user('usr_1'));
    expect(await storage.audit.verify()).toBeUndefined();
    free();
    await storage.audit.append(big);
    expect(await storage.audit.verify()).toBeUndefined();
    await storage.close();
  });

  it('OA16 a revocation that could not be stored is never acknowledged', async () => {
    using directory = temporaryDirectory();
    const { storage, fill } = await smallStorage(join(directory.path, 'db'));
    fill();
    const revocations = Array.from({ length: 500 }, (_, index) => ({
      subject: `session:${'x'.repeat(100)}${index}`,
      notBefore: 1,
      expiresAt: 9,
    }));
    await expect(storage.revocations.add(revocations)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await storage.revocations.list(1)).toEqual([]);
    expect(await storage.revocations.epoch()).toBe(1);
    await storage.close();
  });
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createDatabase, describeWith, run, temporaryDirectory } from '@pkgauth/testkit';
import { CamelCasePlugin, Kysely } from 'kysely';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openStorage } from '../index.ts';
import type { Tables } from '../sql/tables.ts';
import { sqliteDialect } from '../sqlite/dialect.ts';
import { type Migration, migrations } from './index.ts';
import { migrate } from './migrate.ts';

/** A new database to which SQL can be put past the program. */
type Place = AsyncDisposable & { url: string; query(statement: string): Promise<Record<string, unknown>[]> };

async function sqliteFile(): Promise<Place> {
  const directory = temporaryDirectory();
  const path = join(directory.path, 'db');
  return {
    url: `sqlite://${path}`,
    query: async (statement) => {
      const database = new DatabaseSync(path, { timeout: 5000 });
      try {
        return database.prepare(statement).all();
      } finally {
        database.close();
      }
    },
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
}

async function postgresDatabase(): Promise<Place> {
  const database = await createDatabase();
  return {
    url: database.url,
    query: async (statement) => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        return (await client.query(statement)).rows;
      } finally {
        await client.end();
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe('the schema of SQLite', () => schemaTests(sqliteFile));
describeWith(['postgres'], 'the schema of PostgreSQL', () => schemaTests(postgresDatabase));

function schemaTests(create: () => Promise<Place>): void {
  it('notes each migration that it has had, in order', async () => {
    await using place = await create();
    for (let start = 0; start < 2; start++) await (await openStorage(place.url)).close();
    const rows = await place.query('select version, name from schema_version order by version');
    expect(rows.map(({ version, name }) => ({ version: Number(version), name }))).toEqual(
      migrations.map(({ name }, index) => ({ version: index + 1, name })),
    );
  });

  it('PS06 of a newer program is refused, and what it holds is left alone', async () => {
    await using place = await create();
    const storage = await openStorage(place.url);
    await storage.revocations.bump();
    await storage.close();
    await place.query(
      `insert into schema_version (version, name) values (${migrations.length + 1}, '9999-future')`,
    );
    const before = await place.query('select * from schema_version order by version');
    await expect(openStorage(place.url)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'too-new',
      message: expect.stringContaining(`schema version ${migrations.length + 1}`),
    });
    expect(await place.query('select * from schema_version order by version')).toEqual(before);
    await place.query(`delete from schema_version where name = '9999-future'`);
    const again = await openStorage(place.url);
    expect(await again.revocations.epoch()).toBe(2);
    await again.close();
  });

  it('is made once when many open a new database at the same time', async () => {
    await using place = await create();
    const storages = await Promise.all(Array.from({ length: 6 }, () => openStorage(place.url)));
    await Promise.all(storages.map((storage) => storage.revocations.bump()));
    expect(await storages[0]?.revocations.epoch()).toBe(7);
    await Promise.all(storages.map((storage) => storage.close()));
  });

  it('is made once when several processes start on a new database at the same time', async () => {
    await using place = await create();
    const program = `
      const { openStorage } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
      const storage = await openStorage(${JSON.stringify(place.url)});
      await storage.revocations.bump();
      await storage.close();`;
    const args = ['--conditions=@pkgauth/source', '--input-type=module', '--eval', program];
    const results = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, args)));
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(4).fill({ code: 0, stderr: expect.not.stringContaining('Error') }),
    );
    expect(await place.query('select value from revocation_epoch')).toMatchObject([
      { value: expect.anything() },
    ]);
    expect(Number((await place.query('select value from revocation_epoch'))[0]?.value)).toBe(5);
  });
}

describe('a migration', () => {
  const first: Migration = {
    name: 'first',
    statements: ({ text, end }) => [`create table a (x ${text}) ${end}`],
  };
  const second: Migration = {
    name: 'second',
    statements: () => ['alter table a add column y text', `insert into a (x, y) values ('x', 'y')`],
  };

  it('PS05 that was interrupted leaves no trace and is done again at the next start', async () => {
    const database = new DatabaseSync(':memory:');
    const db = new Kysely<Tables>({ dialect: sqliteDialect(database), plugins: [new CamelCasePlugin()] });
    const migrating = {
      kind: 'sqlite' as const,
      alone: <T>(work: (inner: Kysely<Tables>) => Promise<T>) => db.transaction().execute(work),
    };
    const broken: Migration = { ...second, statements: (ddl) => [...second.statements(ddl), 'interrupted'] };
    await expect(migrate(migrating, [first, broken])).rejects.toThrow(/interrupted/);
    expect(database.prepare('select name from schema_version').all()).toEqual([{ name: 'first' }]);
    expect(database.prepare("select * from pragma_table_info('a')").all()).toHaveLength(1);
    await migrate(migrating, [first, second]);
    await migrate(migrating, [first, second]);
    expect(database.prepare('select * from a').all()).toEqual([{ x: 'x', y: 'y' }]);
    expect(database.prepare('select name from schema_version').all()).toEqual([
      { name: 'first' },
      { name: 'second' },
    ]);
    await expect(migrate(migrating, [first])).rejects.toMatchObject({ code: 'too-new' });
    await db.destroy();
  });
});

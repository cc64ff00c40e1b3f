import { DatabaseSync } from 'node:sqlite';
import { CamelCasePlugin, Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { ddl } from '../migrations/dialect.ts';
import { migrations } from '../migrations/index.ts';
import { sqliteDialect } from '../sqlite/dialect.ts';
import type { Handle } from './handle.ts';
import { sweep } from './sweep.ts';
import type { Tables } from './tables.ts';

/** How SQLite would execute each statement of a sweep. */
async function plans(): Promise<string[]> {
  const database = new DatabaseSync(':memory:');
  for (const { statements } of migrations) {
    for (const statement of statements(ddl.sqlite)) database.exec(statement);
  }
  const seen: { sql: string; parameters: number[] }[] = [];
  const db = new Kysely<Tables>({
    dialect: sqliteDialect(database),
    plugins: [new CamelCasePlugin()],
    log: ({ query }) => void seen.push({ sql: query.sql, parameters: query.parameters.map(Number) }),
  });
  const handle: Handle = { read: db, write: db, atomically: (work) => work(handle) };
  await sweep(handle, 1, 1);
  const steps = seen.flatMap(({ sql, parameters }) =>
    database.prepare(`explain query plan ${sql}`).all(...parameters),
  );
  await db.destroy();
  return steps.map((step) => `${step.detail}`);
}

describe('the sweep', () => {
  it('PS14 finds what is over by an index in every table that grows', async () => {
    const all = await plans();
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((step) => step.startsWith('SCAN'))).toEqual(['SCAN signing_keys']);
  });
});

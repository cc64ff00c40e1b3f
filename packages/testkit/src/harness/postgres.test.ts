import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, it, vi } from 'vitest';
import { describeWith } from './parts.ts';
import { createDatabase, startPostgres } from './postgres.ts';
import { startCluster } from './postgres-cluster.ts';
import { startProcess } from './process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describeWith(['postgres'], 'PostgreSQL for tests', () => {
  it('is one server for all who ask', async () => {
    const [first, second] = await Promise.all([startPostgres(), startPostgres()]);
    expect(second).toBe(first);
    expect(process.env.PKGAUTH_TEST_DATABASE_URL).toBe(first);
    expect(new URL(first).hostname).toBe('127.0.0.1');
  });

  it('gives each caller a database of its own, and drops it although somebody is connected', async () => {
    const kept = await createDatabase();
    {
      await using dropped = await createDatabase();
      expect(dropped.url).not.toBe(kept.url);
      await query(dropped.url, 'CREATE TABLE t (x int)');
      expect(await query(kept.url, "SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
      const lingering = new Client({ connectionString: dropped.url });
      lingering.on('error', () => {});
      await lingering.connect();
    }
    const names = await query(kept.url, "SELECT datname FROM pg_database WHERE datname LIKE 'test_%'");
    expect(names).toContainEqual({ datname: new URL(kept.url).pathname.slice(1) });
    await kept[Symbol.asyncDispose]();
    await expect(query(kept.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  it('does not outlive the run that wanted it, even one that was killed', { timeout: 60_000 }, async () => {
    using parent = temporaryDirectory();
    chmodSync(parent.path, 0o711);
    const folder = join(parent.path, 'cluster');
    await using owner = await startProcess('sleep', ['1000']);
    const url = await startCluster(folder, owner.pid);
    expect(await query(url, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
    await owner.kill();
    await vi.waitUntil(() => !existsSync(folder), { timeout: 20_000, interval: 100 });
    await expect(query(url, 'SELECT 1')).rejects.toThrow();
  });
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

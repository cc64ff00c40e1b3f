import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startCluster } from './postgres-cluster.ts';

/** The environment variable that names a PostgreSQL server: set it to use one of your own. */
const urlVariable = 'PKGAUTH_TEST_DATABASE_URL';

/** Where the workers of one run agree on the one cluster they share; set by the global set-up. */
export const folderVariable = 'PKGAUTH_TEST_POSTGRES_FOLDER';

export type TestDatabase = AsyncDisposable & {
  /** `postgresql://…/<a new database>`. */
  readonly url: string;
};

/**
 * The URL of the PostgreSQL server of this test run, started by whoever asks first and stopped after the run.
 * Also found in PKGAUTH_TEST_DATABASE_URL from then on. Throws when PostgreSQL is missing.
 */
export async function startPostgres(): Promise<string> {
  const given = process.env[urlVariable];
  if (given) return given;
  const folder = process.env[folderVariable];
  if (!folder) throw new Error('PostgreSQL is started for tests only: run them with vitest');
  const url = await startOnce(folder);
  process.env[urlVariable] = url;
  return url;
}

/** A new, empty database of the run's server, dropped when disposed: one per test file. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = await startPostgres();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

type Outcome = { readonly url: string } | { readonly error: string };

// The worker that makes the directory starts the cluster; the others wait for what came of it.
async function startOnce(folder: string): Promise<string> {
  const note = join(folder, 'outcome.json');
  if (claim(join(folder, 'claimed'))) {
    const outcome = await startCluster(join(folder, 'cluster'), process.ppid).then(
      (url): Outcome => ({ url }),
      (error: unknown): Outcome => ({ error: String(error) }),
    );
    writeFileSync(`${note}.new`, JSON.stringify(outcome));
    renameSync(`${note}.new`, note);
  }
  const outcome = await waitForNote(note);
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome.url;
}

function claim(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false;
  }
}

async function waitForNote(path: string): Promise<Outcome> {
  const deadline = AbortSignal.timeout(60_000);
  for (;;) {
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch {
      await sleep(50, undefined, { signal: deadline });
    }
  }
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from './core/errors.ts';

/**
 * Keeps a second service off a data directory: blobs and caches in it belong to one process. The lock is SQLite's own
 * on an empty file, so the system lets go of it however the process ends. The administration does not take it.
 * @returns a function that releases the directory
 * @throws StartupError (`data-in-use`) while another service has it
 */
export function lockData(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'service.lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new StartupError('data-in-use', `another service works in ${directory}`, {
      cause,
      hint: 'stop the other one, or choose another --data',
    });
  }
  return () => database.close();
}

const originFile = (directory: string): string => join(directory, 'origin');

/** Leaves word in the data directory of where its service is reached, for the administration beside it. */
export function writeOrigin(directory: string, origin: string): void {
  writeFileSync(originFile(directory), `${origin}\n`, { mode: 0o600 });
}

/** Where the service of the data directory is, or was, reached; undefined when there has been none. */
export function readOrigin(directory: string): string | undefined {
  try {
    const text = readFileSync(originFile(directory), 'utf8').trim();
    return URL.parse(text)?.origin === text ? text : undefined;
  } catch {
    return undefined;
  }
}

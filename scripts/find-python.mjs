// The Python that the real clients' environments are made from: one that can make environments.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readStamp, writeStamp } from './workspace.mjs';

// Not the newest first: the oldest client pinned (pip 23.2.1) has to run on it.
const names = ['python3.12', 'python3.11', 'python3.13', 'python3.10', 'python3'];
const probe =
  'import sys, venv, ensurepip; assert (3, 10) <= sys.version_info < (3, 14); print(sys.executable)';

/** The path of a fitting interpreter (3.10 to 3.13, with venv and ensurepip), or undefined. */
export function findPython() {
  const known = readStamp('python');
  if (known && existsSync(known)) return known;
  for (const name of names) {
    const result = spawnSync(name, ['-c', probe], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    });
    if (result.status !== 0) continue;
    writeStamp('python', result.stdout.trim());
    return result.stdout.trim();
  }
  return undefined;
}

// Two set-ups of one checkout (npm start beside npm test) take turns; the lock of a dead one is broken.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, say } from './workspace.mjs';

const path = join(cache, 'setup.lock');

/** Runs `work` while no other set-up of this checkout runs. */
export function withSetupLock(work) {
  mkdirSync(cache, { recursive: true });
  for (let waited = false; !tryLock(); waited = true) {
    if (!waited) say('waiting for another set-up of this checkout');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock() {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(readOwner())) rmSync(path, { force: true });
  return false;
}

function readOwner() {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

// An empty file is a lock whose owner has not written its number yet: it counts as alive.
function isAlive(pid) {
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

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
    writeFileSync(path, identity(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isHeld(readOwner())) rmSync(path, { force: true });
  return false;
}

function readOwner() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

// An empty file is a lock whose owner has not written itself down yet: it counts as held.
function isHeld(owner) {
  if (owner === '') return true;
  const pid = Number(owner.split(' ')[0]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return identity(pid) === owner;
}

// Numbers of processes are used again, in a restarted container at once: the start time tells them apart.
function identity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[20]}`;
  } catch {
    return `${pid}`;
  }
}

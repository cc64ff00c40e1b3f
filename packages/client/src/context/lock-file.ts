import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { LockAttempt, LockHandle } from './flock.ts';
import { fileError, systemCode } from './system-errors.ts';

/** Who holds a lock file. `start` tells a process from a later one with the same id; undefined where unknown. */
type Holder = { pid: number; host: string; start?: string };

export type LockFileEnvironment = { readonly pid: number; readonly hostname: string; now(): number };

/** Start time of a process in clock ticks since boot (proc(5), field 22 of stat); Linux only. */
const startOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
};

const isAlive = ({ pid, start }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  return start === undefined || startOf(pid) === start;
};

const parseHolder = (text: string): Holder | undefined => {
  const [pid, host, start] = text.split('\n');
  if (!/^\d{1,10}$/.test(pid ?? '') || host === undefined || host === '') return undefined;
  return { pid: Number(pid), host, ...(start === undefined || start === '' ? {} : { start }) };
};

/** A file that says nothing belongs to somebody who was killed between creating and writing it, after ten seconds. */
const isAbandoned = (path: string, environment: LockFileEnvironment): boolean => {
  try {
    const holder = parseHolder(readFileSync(path, 'utf8'));
    if (holder === undefined) return environment.now() - statSync(path).mtimeMs > 10_000;
    return holder.host === environment.hostname && !isAlive(holder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
};

const create = (path: string, { pid, hostname }: LockFileEnvironment): boolean => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(descriptor, `${pid}\n${hostname}\n${startOf(pid) ?? ''}\n`);
  } finally {
    closeSync(descriptor);
  }
  return true;
};

/**
 * Two processes may find the same abandoned file; only the one that holds the breaker removes it, and only after looking
 * again, so that neither removes the lock that the other has taken meanwhile.
 */
const breakAbandoned = (path: string, environment: LockFileEnvironment): void => {
  const breaker = `${path}.break`;
  if (!create(breaker, environment)) {
    if (environment.now() - (statSync(breaker, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > 10_000) {
      unlinkSync(breaker);
    }
    return;
  }
  try {
    if (isAbandoned(path, environment)) unlinkSync(path);
  } finally {
    unlinkSync(breaker);
  }
};

/**
 * What stands in for flock(2) where a file system has none (CS10): `<path>.pid`, created exclusively, saying process,
 * host and start time. That of a dead process is taken over; that of another host is waited for.
 */
export const openLockFile = (path: string, environment: LockFileEnvironment): LockHandle => {
  const file = `${path}.pid`;
  let held = false;
  const attempt = (): LockAttempt => {
    try {
      if (!create(file, environment)) {
        if (isAbandoned(file, environment)) breakAbandoned(file, environment);
        return 'busy';
      }
      held = true;
      return 'locked';
    } catch (error) {
      throw fileError('make the lock', file, error);
    }
  };
  const close = (): void => {
    if (held) unlinkSync(file);
    held = false;
  };
  return { attempt, close };
};

import { dirname } from 'node:path';
import { ClientError } from '../errors.ts';
import { makePrivateDirectory } from './atomic-write.ts';
import { type LockAttempt, type LockHandle, openLock } from './flock.ts';
import { type LockFileEnvironment, openLockFile } from './lock-file.ts';

export type LockEnvironment = LockFileEnvironment & {
  readonly platform: string;
  /** Milliseconds of a clock that nobody sets. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
  warn(message: string): void;
};

const noticeAfter = 1000;
/** Hundreds of processes may wait; what they spend on looking is taken from the one that they wait for. */
const longestPause = 500;

type Wait = { readonly start: number; readonly limit: number; announced: boolean; pause: number };

/** Announces, gives up or pauses; the pause grows and differs between processes that began together. */
const waitOn = async (path: string, wait: Wait, environment: LockEnvironment): Promise<void> => {
  const waited = environment.monotonic() - wait.start;
  if (waited >= wait.limit) {
    throw new ClientError(
      'lock-timeout',
      `gave up after ${Math.round(wait.limit / 1000)} s: another program holds the lock ${path}`,
      { hint: `fuser -v ${path}` },
    );
  }
  if (waited >= noticeAfter && !wait.announced) {
    wait.announced = true;
    environment.warn(`waiting for another program that holds the lock ${path}`);
  }
  await environment.sleep(Math.min(wait.pause * (0.5 + Math.random()), wait.limit - waited));
  wait.pause = Math.min(wait.pause * 2, longestPause);
};

/** The lock file, open, with the outcome of the first attempt at it. */
const openFor = async (
  path: string,
  environment: LockEnvironment,
): Promise<{ handle: LockHandle; outcome: LockAttempt }> => {
  makePrivateDirectory(dirname(path));
  const handle = await openLock(path, environment.platform);
  const outcome = handle?.attempt() ?? 'unsupported';
  if (handle !== undefined && outcome !== 'unsupported') return { handle, outcome };
  handle?.close();
  environment.warn(`file locks do not work for ${path}: using the lock file ${path}.pid instead`);
  const file = openLockFile(path, environment);
  return { handle: file, outcome: file.attempt() };
};

type Ask<T> = () => Promise<T | undefined>;

/** The lock, or what `instead` answered while another program held it. */
const acquire = async <T>(
  path: string,
  limit: number,
  environment: LockEnvironment,
  instead: Ask<T> | undefined,
): Promise<{ handle: LockHandle } | { answer: T }> => {
  const wait: Wait = { start: environment.monotonic(), limit, announced: false, pause: 5 };
  let { handle, outcome } = await openFor(path, environment);
  while (outcome !== 'locked') {
    if (outcome === 'stale') {
      handle.close();
      ({ handle, outcome } = await openFor(path, environment));
      continue;
    }
    const answer = await waitOrClose(handle, async () => {
      await waitOn(path, wait, environment);
      return instead?.();
    });
    if (answer !== undefined) {
      handle.close();
      return { answer };
    }
    outcome = handle.attempt();
  }
  return { handle };
};

const waitOrClose = async <T>(handle: LockHandle, wait: () => Promise<T>): Promise<T> => {
  try {
    return await wait();
  } catch (error) {
    handle.close();
    throw error;
  }
};

/** `Files.withLock` of the real file system. */
export const nodeLock =
  (environment: LockEnvironment) =>
  async <T>(path: string, limit: number, work: () => Promise<T>, instead?: Ask<T>): Promise<T> => {
    const acquired = await acquire(path, limit, environment, instead);
    if ('answer' in acquired) return acquired.answer;
    try {
      return await work();
    } finally {
      acquired.handle.close();
    }
  };

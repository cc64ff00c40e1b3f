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
const longestPause = 50;

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

type Attempt = { handle: LockHandle; outcome: LockAttempt };

const tryOnce = async (path: string, environment: LockEnvironment): Promise<Attempt> => {
  const handle = await openLock(path, environment.platform);
  const outcome = handle?.attempt() ?? 'unsupported';
  if (handle !== undefined && outcome !== 'unsupported') return { handle, outcome };
  handle?.close();
  environment.warn(`file locks do not work for ${path}: using the lock file ${path}.pid instead`);
  const file = openLockFile(path, environment);
  return { handle: file, outcome: file.attempt() };
};

const acquire = async (path: string, limit: number, environment: LockEnvironment): Promise<LockHandle> => {
  const wait: Wait = { start: environment.monotonic(), limit, announced: false, pause: 5 };
  for (;;) {
    makePrivateDirectory(dirname(path));
    const { handle, outcome } = await tryOnce(path, environment);
    if (outcome === 'locked') return handle;
    // Opened anew each time: whoever held the lock may have removed the file.
    handle.close();
    await waitOn(path, wait, environment);
  }
};

/** `Files.withLock` of the real file system. */
export const nodeLock =
  (environment: LockEnvironment) =>
  async <T>(path: string, limit: number, work: () => Promise<T>): Promise<T> => {
    const handle = await acquire(path, limit, environment);
    try {
      return await work();
    } finally {
      handle.close();
    }
  };

import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { fileError, systemCode } from './system-errors.ts';

/**
 * `stale`: the file was removed since it was opened, so it must be opened anew. `unsupported`: this file system or machine
 * has no such lock; something else must stand in (CS10).
 */
export type LockAttempt = 'locked' | 'busy' | 'stale' | 'unsupported';

/** A lock file that is open; the lock ends when it is closed, or when this process ends. */
export type LockHandle = { attempt(): LockAttempt; close(): void };

type Koffi = typeof import('koffi');

/** Loaded when the first lock is needed and not before: it costs as much as a third of a bare start-up. */
const loadKoffi = async (): Promise<Koffi | undefined> => {
  try {
    const module = await import('koffi');
    return module.default as unknown as Koffi;
  } catch {
    return undefined;
  }
};

const lockExclusive = 2;
const lockNonBlocking = 4;

/** flock(2) of the C library that this process already has; shared with uv, which takes the same lock. */
const posixOpener = (koffi: Koffi): ((path: string) => LockHandle) => {
  const flock = koffi.load(null).func('int flock(int fd, int operation)');
  const { EWOULDBLOCK, EAGAIN, EINTR } = koffi.os.errno;
  return (path) => {
    // A link in place of the lock file would make us create a file of somebody else's choice.
    const descriptor = openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
    return {
      attempt: () => {
        if (flock(descriptor, lockExclusive | lockNonBlocking) === 0) {
          return isStillThere(path, descriptor) ? 'locked' : 'stale';
        }
        return [EWOULDBLOCK, EAGAIN, EINTR].includes(koffi.errno()) ? 'busy' : 'unsupported';
      },
      close: () => closeQuietly(descriptor),
    };
  };
};

/** The lock ends with the descriptor, whatever the device says; the work that was done under it stands. */
const closeQuietly = (descriptor: number): void => {
  try {
    closeSync(descriptor);
  } catch {
    // Nothing was written through it.
  }
};

/** uv removes lock files together with their directory: a lock on a removed file keeps nobody out. */
const isStillThere = (path: string, descriptor: number): boolean => {
  try {
    const held = fstatSync(descriptor);
    const named = statSync(path);
    return held.ino === named.ino && held.dev === named.dev;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
};

/** LockFileEx over the whole file, as Rust's standard library (and so uv) takes it. Not run on Windows yet. */
const windowsOpener = (koffi: Koffi): ((path: string) => LockHandle) => {
  const kernel = koffi.load('kernel32.dll');
  const createFile = kernel.func(
    'void* __stdcall CreateFileW(str16 name, uint32 access, uint32 share, void* security, uint32 disposition, uint32 flags, void* template)',
  );
  const lockFile = kernel.func(
    'bool __stdcall LockFileEx(void* file, uint32 flags, uint32 reserved, uint32 low, uint32 high, void* overlapped)',
  );
  const closeHandle = kernel.func('bool __stdcall CloseHandle(void* object)');
  const [readWrite, shareAll, openAlways, normal] = [0xc0000000, 0x7, 4, 0x80];
  const [exclusiveNow, everything] = [0x3, 0xffffffff];
  return (path) => {
    const handle = createFile(path, readWrite, shareAll, null, openAlways, normal, null);
    const isValid = koffi.address(handle) !== 0xffff_ffff_ffff_ffffn;
    return {
      // GetLastError is not to be had reliably after a foreign call; a lock on a file that opened fails when it is taken.
      attempt: () => {
        if (!isValid) return 'unsupported';
        return lockFile(handle, exclusiveNow, 0, everything, everything, Buffer.alloc(32))
          ? 'locked'
          : 'busy';
      },
      close: () => isValid && closeHandle(handle),
    };
  };
};

let opener: Promise<((path: string) => LockHandle) | undefined> | undefined;

const loadOpener = async (platform: string): Promise<((path: string) => LockHandle) | undefined> => {
  const koffi = await loadKoffi();
  if (koffi === undefined) return undefined;
  return platform === 'win32' ? windowsOpener(koffi) : posixOpener(koffi);
};

/**
 * Opens (and creates, 0600) a lock file for the operating system's exclusive lock; undefined where this machine cannot
 * take one. Throws `store-unavailable` when the file cannot be opened.
 */
export const openLock = async (path: string, platform: string): Promise<LockHandle | undefined> => {
  opener ??= loadOpener(platform);
  const open = await opener;
  try {
    return open?.(path);
  } catch (error) {
    throw fileError('open the lock', path, error);
  }
};

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Files } from '../context.ts';
import { ClientError } from '../errors.ts';
import { type WriteEnvironment, writeAtomically } from './atomic-write.ts';
import { readingConcern } from './ownership.ts';
import { fileError, systemCode } from './system-errors.ts';

const maximumSize = 5 * 1024 * 1024;

export type FilesEnvironment = WriteEnvironment & {
  warn(message: string): void;
  withLock: Files['withLock'];
};

// Without O_NONBLOCK, opening a FIFO waits for a writer that never comes (CS13).
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const isAbsent = (error: unknown): boolean => {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
};

const readBytes = (path: string, environment: FilesEnvironment): Uint8Array | undefined => {
  let descriptor: number;
  try {
    descriptor = openSync(path, readFlags);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new ClientError('store-corrupt', `${path} is not a regular file`);
    if (stats.size > maximumSize) throw new ClientError('store-corrupt', `${path} is larger than 5 MiB`);
    const concern = readingConcern(path, stats, environment.owner);
    if (concern !== undefined) environment.warn(concern);
    else warnOfDirectory(path, environment);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const warnOfDirectory = (path: string, { owner, warn }: FilesEnvironment): void => {
  if (owner === undefined) return;
  const directory = dirname(path);
  const { mode, uid } = statSync(directory);
  const openToAll = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  if (openToAll) warn(`the directory ${directory} can be written by other users: chmod go-w it`);
  else if (uid !== owner && uid !== 0) warn(`the directory ${directory} belongs to another user`);
};

const decode = (path: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ClientError('store-corrupt', `${path} is not UTF-8 text; it is left as it is`, { cause });
  }
};

/** The real file system. Calls are synchronous inside: the files are small, and start-up counts. */
export const nodeFiles = (environment: FilesEnvironment): Files => ({
  read: async (path) => {
    try {
      const bytes = readBytes(path, environment);
      return bytes === undefined ? undefined : decode(path, bytes);
    } catch (error) {
      throw fileError('read', path, error);
    }
  },
  write: async (path, content) => writeAtomically(path, content, environment),
  remove: async (path) => {
    try {
      unlinkSync(path);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw fileError('remove', path, error);
    }
  },
  list: async (directory) => {
    try {
      return readdirSync(directory);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw fileError('list', directory, error);
    }
  },
  withLock: environment.withLock,
});

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ClientError } from '../errors.ts';
import { fileError, systemCode } from './system-errors.ts';

const maximumSize = 1024 * 1024;

/** Files of other tools that hold no secret: their configuration, and programs that we put beside them. */
export type ToolFiles = {
  /** UTF-8 text, or undefined when absent. Refuses what is not a regular file or larger than 1 MiB. */
  read(path: string): string | undefined;
  /**
   * Replaces a file as a whole, through a symlink, and keeps its mode; a new one gets the mode that the umask allows, a
   * program 0755. Makes missing directories.
   */
  write(path: string, content: string, options?: { readonly program?: boolean }): void;
};

const isAbsent = (error: unknown): boolean => {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
};

const readText = (path: string): string | undefined => {
  const stats = statSync(path);
  if (!stats.isFile()) throw new ClientError('failed', `${path} is not a regular file`);
  if (stats.size > maximumSize) throw new ClientError('failed', `${path} is larger than 1 MiB`);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
};

const existing = (path: string): { target: string; mode: number } | undefined => {
  try {
    const target = realpathSync(path);
    return { target, mode: statSync(target).mode & 0o777 };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
};

const removeQuietly = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // It was never made.
  }
};

const replace = (path: string, content: string, isProgram: boolean): void => {
  const present = existing(path);
  const target = present?.target ?? path;
  mkdirSync(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, content, { flag: 'wx', flush: true });
    const mode = isProgram ? 0o755 : present?.mode;
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
};

const failure = (action: string, path: string, error: unknown): ClientError => {
  if (error instanceof TypeError)
    return new ClientError('failed', `${path} is not UTF-8 text; it is left as it is`, { cause: error });
  return fileError(action, path, error, 'failed');
};

/** The real files. Credential stores use `Files`, which knows who may see what it writes. */
export const toolFiles: ToolFiles = {
  read: (path) => {
    try {
      return readText(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw failure('read', path, error);
    }
  },
  write: (path, content, options = {}) => {
    try {
      replace(path, content, options.program === true);
    } catch (error) {
      throw failure('write', path, error);
    }
  },
};

import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ClientError } from '../errors.ts';
import { type Owner, requireOwnDirectory, requireOwnFile, requireOwnLink } from './ownership.ts';
import { fileError, systemCode } from './system-errors.ts';

export type WriteEnvironment = {
  readonly owner: Owner;
  readonly home: string | undefined;
  randomBytes(length: number): Uint8Array;
};

const statIfAny = (stat: (path: string) => Stats, path: string): Stats | undefined => {
  try {
    return stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const isInside = (path: string, directory: string): boolean => {
  const way = relative(directory, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** Where a dangling link points to, one link after the other. */
const danglingTarget = (path: string, owner: Owner): string => {
  let place = path;
  for (let links = 0; links < 40; links += 1) {
    const stats = statIfAny(lstatSync, place);
    if (stats === undefined || !stats.isSymbolicLink()) return place;
    requireOwnLink(place, stats, owner);
    place = resolve(dirname(place), readlinkSync(place));
  }
  throw new ClientError('store-unavailable', `${path} leads through too many symbolic links`);
};

/** The file that a write to `path` replaces: links are followed so that they stay links (CS11). */
const writeTarget = (path: string, { owner, home }: WriteEnvironment): string => {
  const stats = statIfAny(lstatSync, path);
  if (stats === undefined || !stats.isSymbolicLink()) return path;
  requireOwnLink(path, stats, owner);
  if (statIfAny(statSync, path) !== undefined) return realpathSync(path);
  const target = danglingTarget(path, owner);
  if (home === undefined || !(isInside(target, home) || isInside(target, realpathSync(home)))) {
    throw new ClientError(
      'store-unavailable',
      `${path} is a symbolic link to ${target}, which does not exist and is outside the home directory`,
      { hint: `rm ${path}` },
    );
  }
  return target;
};

/** Makes a directory and its missing parents 0700 whatever the umask (CS12). Throws `store-unavailable`. */
export const makePrivateDirectory = (path: string): void => {
  if (statIfAny(statSync, path) !== undefined) return;
  makePrivateDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o700);
  } catch (error) {
    // Another process was quicker.
    if (systemCode(error) !== 'EEXIST') throw fileError('make the directory', path, error);
  }
};

const temporaryName = (target: string, random: Uint8Array): string =>
  join(dirname(target), `.${basename(target)}.${Buffer.from(random).toString('hex')}.tmp`);

/** Removes what writers left that were killed: the caller holds the file's lock, so none of them is alive (CS01). */
const sweep = (target: string): void => {
  const prefix = `.${basename(target)}.`;
  for (const name of readdirSync(dirname(target))) {
    const isLeftover = name.startsWith(prefix) && /^[0-9a-f]{32}\.tmp$/.test(name.slice(prefix.length));
    if (isLeftover) unlinkSync(join(dirname(target), name));
  }
};

const writeThrough = (path: string, content: string, mode: number | undefined): void => {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    if (mode !== undefined) fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Makes the rename itself durable. The new content is in place, so a failure here is no reason to report one. */
const syncDirectory = (path: string): void => {
  try {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows and some network file systems cannot sync a directory.
  }
};

const removeQuietly = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or the next write sweeps it.
  }
};

const replace = (target: string, content: string, mode: number | undefined, random: Uint8Array): void => {
  const temporary = temporaryName(target, random);
  try {
    writeThrough(temporary, content, mode);
    renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  syncDirectory(dirname(target));
};

/**
 * Replaces a file as a whole: whoever reads it, and whatever happens meanwhile, sees the old or the new content. An
 * existing mode that is stricter than 0600 stays, a looser one is tightened. See `Files.write` for the rest.
 */
export const writeAtomically = (path: string, content: string, environment: WriteEnvironment): void => {
  const { owner } = environment;
  try {
    const target = writeTarget(path, environment);
    makePrivateDirectory(dirname(target));
    requireOwnDirectory(dirname(target), statSync(dirname(target)), owner);
    const existing = statIfAny(lstatSync, target);
    if (existing !== undefined) {
      if (!existing.isFile()) throw new ClientError('store-unavailable', `${target} is not a regular file`);
      requireOwnFile(target, existing, owner);
    }
    sweep(target);
    const mode = existing === undefined ? 0o600 : existing.mode & 0o600;
    replace(target, content, owner === undefined ? undefined : mode, environment.randomBytes(16));
  } catch (error) {
    throw fileError('write', path, error);
  }
};

import type { Stats } from 'node:fs';
import { ClientError } from '../errors.ts';

/** Whose files may be trusted. `undefined`: the platform has no owners and modes (Windows). */
export type Owner = number | undefined;

const writableByOthers = 0o022;
const readableByOthers = 0o044;
const sticky = 0o1000;

const isTrusted = (stats: Stats, owner: number): boolean => stats.uid === owner || stats.uid === 0;

/** What is wrong with a file that is read, or undefined: somebody else could have written it or can read it (CS12, CS23). */
export const readingConcern = (path: string, stats: Stats, owner: Owner): string | undefined => {
  if (owner === undefined) return undefined;
  if (!isTrusted(stats, owner)) return `${path} belongs to another user`;
  if ((stats.mode & writableByOthers) !== 0) return `${path} can be written by other users: chmod 600 it`;
  if ((stats.mode & readableByOthers) !== 0) return `${path} can be read by other users: chmod 600 it`;
  return undefined;
};

/**
 * Refuses to write where another user could have planted or could replace the file, as ssh does (CS12). A sticky
 * directory such as /tmp is fine: nobody else can rename or remove our files in it.
 */
export const requireOwnDirectory = (path: string, stats: Stats, owner: Owner): void => {
  if (owner === undefined) return;
  if (!isTrusted(stats, owner)) {
    throw new ClientError(
      'store-unavailable',
      `the directory ${path} belongs to another user, so no secret is written there`,
    );
  }
  if ((stats.mode & writableByOthers) !== 0 && (stats.mode & sticky) === 0) {
    throw new ClientError(
      'store-unavailable',
      `the directory ${path} can be written by other users, so no secret is written there`,
      { hint: `chmod go-w ${path}` },
    );
  }
};

/** As `requireOwnDirectory`, for the file that is about to be replaced. Root's files are not ours to replace. */
export const requireOwnFile = (path: string, stats: Stats, owner: Owner): void => {
  if (owner === undefined) return;
  if (stats.uid !== owner) {
    throw new ClientError('store-unavailable', `${path} belongs to another user, so it is not replaced`);
  }
  if ((stats.mode & writableByOthers) !== 0) {
    throw new ClientError(
      'store-unavailable',
      `${path} can be written by other users, so it is not trusted`,
      {
        hint: `look at its content, then chmod 600 ${path}`,
      },
    );
  }
};

/** A symlink that somebody else put there could lead anywhere. */
export const requireOwnLink = (path: string, stats: Stats, owner: Owner): void => {
  if (owner === undefined || isTrusted(stats, owner)) return;
  throw new ClientError('store-unavailable', `the symbolic link ${path} belongs to another user`);
};

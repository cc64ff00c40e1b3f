import { StorageError } from '../../core/ports/storage.ts';

/** Result codes of SQLite, https://www.sqlite.org/rescode.html. */
const code = {
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  protocol: 15,
  permission: 3,
  foreignKey: 787,
  primaryKey: 1555,
  unique: 2067,
} as const;

const conflicts = new Set<number>([code.primaryKey, code.unique]);
const outages = new Map<number, string>([
  [code.busy, 'another process keeps the database busy'],
  [code.locked, 'another process keeps the database busy'],
  [code.noMemory, 'the database has no memory left'],
  [code.readOnly, 'the database file cannot be written to'],
  [code.io, 'the disk of the database fails'],
  [code.corrupt, 'the database file is damaged: restore it from a backup'],
  [code.full, 'the disk of the database is full'],
  [code.cannotOpen, 'the database file cannot be opened'],
  [code.notADatabase, 'the database file is not a SQLite database'],
  [code.protocol, 'another process keeps the database busy'],
  [code.permission, 'the database file cannot be accessed'],
]);

/** True when the same statement may succeed in a moment, because another connection is in its way. */
export function isBusy(error: unknown): boolean {
  const primary = primaryCode(error);
  return primary === code.busy || primary === code.locked || primary === code.protocol;
}

/** An error of `node:sqlite` in the words of the port; whatever is no error of the database stays as it is. */
export function toStorageError(error: unknown): unknown {
  const extended = extendedCode(error);
  if (extended === undefined) return error;
  if (conflicts.has(extended)) return new StorageError('conflict', 'that exists already', { cause: error });
  if (extended === code.foreignKey) {
    return new StorageError('not-found', 'what this refers to does not exist', { cause: error });
  }
  const outage = outages.get(extended & 0xff);
  return outage === undefined ? error : new StorageError('unavailable', outage, { cause: error });
}

function primaryCode(error: unknown): number | undefined {
  const extended = extendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

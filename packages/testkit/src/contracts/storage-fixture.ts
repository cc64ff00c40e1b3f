import { type Storage, StorageError, type StorageErrorCode } from '@pkgauth/server/storage';
import { afterAll, beforeAll, expect } from 'vitest';

/** One new, empty database. */
export type StorageUnderTest = AsyncDisposable & {
  readonly storage: Storage;
  /** A second handle on the same database where it can have one, as another process would; else `storage` again. */
  readonly other: Storage;
  /** Runs SQL past the storage, as a person with the database's own tools would. */
  execute(statement: string): Promise<void>;
  /** Takes away what keeps audit events from being changed, as an attacker with full rights would. */
  lowerAuditGuard(): Promise<void>;
};

export type OpenStorageUnderTest = () => Promise<StorageUnderTest>;

/** Opens a database before the tests of a group and closes it after them; the members are of use inside tests only. */
export function useStorage(open: OpenStorageUnderTest): {
  readonly storage: Storage;
  readonly database: StorageUnderTest;
} {
  let database: StorageUnderTest | undefined;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
  });
  const opened = () => {
    if (database === undefined) throw new Error('the database is opened before the first test');
    return database;
  };
  return {
    get storage() {
      return opened().storage;
    },
    get database() {
      return opened();
    },
  };
}

/** Asserts that `work` fails with a `StorageError` of that code. */
export async function expectStorageError(work: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toMatchObject({ code });
}

/** `count` calls at once, alternating between the handles. */
export function atOnce<T>(
  database: StorageUnderTest,
  count: number,
  call: (storage: Storage, index: number) => Promise<T>,
): Promise<T[]> {
  const handles = [database.storage, database.other];
  return Promise.all(
    Array.from({ length: count }, (_, index) => call(handles[index % 2] ?? database.storage, index)),
  );
}

import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** What an aggregate's SQL runs on: the database itself, or one open transaction. */
export type Handle = {
  /** For look-ups: sees what is committed, and inside a transaction also what that has changed. */
  readonly read: Kysely<Tables>;
  /** For changes by one statement. */
  readonly write: Kysely<Tables>;
  /**
   * Runs several statements as one step. Two steps may overlap on PostgreSQL, so every step MUST begin by changing
   * the row that it decides on; the other one then waits there, and sees the outcome.
   */
  atomically<T>(work: (handle: Handle) => Promise<T>): Promise<T>;
};

export type Isolation = 'step' | 'serializable';

/** What a database brings along. Its statements throw `StorageError` for whatever `core/ports/storage.ts` names. */
export type Backend = {
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  /** Runs `work` in one transaction, again from the start when the database gave way to another one. */
  transaction<T>(isolation: Isolation, work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

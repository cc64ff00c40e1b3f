import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, toStorageError } from './errors.ts';

/** Milliseconds between tries while another connection is in the way: five seconds in all. */
const defaultPauses: readonly number[] = [1, 1, 2, 3, 5, 8, ...Array<number>(200).fill(25)];

/**
 * Tries again while the database is busy. SQLite's own busy timeout sleeps in the calling thread; the lock may be held
 * by a transaction of this very process, which could then never end.
 *
 * Throws what `toStorageError` makes of the last error.
 */
export async function patiently<T>(work: () => T, pauses = defaultPauses): Promise<T> {
  for (const pause of pauses) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw toStorageError(error);
      await sleep(pause);
    }
  }
  return translated(work);
}

/** As `patiently`, without a second try: for statements inside a transaction, which has all locks that it needs. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStorageError(error);
  }
}

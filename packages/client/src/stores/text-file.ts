import { ProtocolError } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { ClientError, type ClientErrorCode } from '../errors.ts';

/** Milliseconds that a writer waits for another one. */
export const lockLimit = 30_000;
/** Milliseconds that a reader waits to see whether a file is being written in place. */
const readLimit = 3000;

export type TextFileOptions = {
  readonly path: string;
  /** File whose flock every writer takes. */
  readonly lock: string;
  /** Whether a file of no bytes means that its content was lost (CS04); some formats are empty by nature. */
  readonly emptyIsLoss: boolean;
};

const errorCodes: Partial<Record<ProtocolError['code'], ClientErrorCode>> = {
  'unsafe-value': 'usage',
  'invalid-url': 'usage',
  'insecure-url': 'insecure-url',
};

/** Runs a format's function; what it cannot read becomes `store-corrupt` with file, line and what to do (CS05). */
export const readingFormat = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = errorCodes[error.code];
    if (code !== undefined) throw new ClientError(code, error.reason, { hint: error.hint, cause: error });
    throw new ClientError('store-corrupt', error.inFile(path).message, {
      hint: error.hint ?? `repair the file, or move it away: mv ${path} ${path}.corrupt`,
      cause: error,
    });
  }
};

/** A credential file that other programs and processes write, too. */
export type TextFile = {
  /** What `parse` makes of the content (`''` when the file is absent). */
  read<T>(parse: (text: string) => T): Promise<T>;
  /**
   * Replaces the content under the lock by what `change` makes of it; `undefined` leaves the file as it is. Answers
   * whether it was replaced. A file that cannot be parsed is never overwritten.
   */
  edit(change: (text: string) => string | undefined): Promise<boolean>;
};

const timestamp = (now: number): string => new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');

export const textFile = (context: Context, { path, lock, emptyIsLoss }: TextFileOptions): TextFile => {
  const load = (): Promise<string | undefined> => context.files.read(path);

  /** For writers that write in place (uv ≤ 0.12.6): the content when none is at work. */
  const loadLocked = (otherwise: string): Promise<string | undefined> =>
    context.files.withLock(lock, readLimit, load).catch(() => otherwise);

  const read = async <T>(parse: (text: string) => T): Promise<T> => {
    const first = await load();
    const text = first === '' && emptyIsLoss ? await loadLocked(first) : first;
    if (text === '' && emptyIsLoss) context.warn(`${path} is empty: whatever it held has been lost`);
    try {
      return readingFormat(path, () => parse(text ?? ''));
    } catch (error) {
      const again = await loadLocked(text ?? '');
      if (again === text) throw error;
      return readingFormat(path, () => parse(again ?? ''));
    }
  };

  const edit: TextFile['edit'] = (change) =>
    context.files.withLock(lock, lockLimit, async () => {
      const text = await load();
      const next = readingFormat(path, () => change(text ?? ''));
      if (next === undefined) return false;
      if (text === '' && emptyIsLoss)
        await context.files.write(`${path}.empty-${timestamp(context.now())}`, '');
      await context.files.write(path, next);
      return true;
    });

  return { read, edit };
};

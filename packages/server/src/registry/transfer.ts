import { createHash } from 'node:crypto';
import { ServiceError } from '../core/errors.ts';
import type { Blob, BlobStore, Timers } from '../core/ports/index.ts';
import type { ArrivalReader } from './arrival.ts';
import { ArrivingFile } from './arriving-file.ts';
import type { Digest } from './digest.ts';
import { type Upstream, type UpstreamAnswer, upstreamError } from './upstream.ts';

export type TransferOptions = {
  upstream: Upstream;
  url: URL;
  /** What the index announced for the content; without it nothing but completeness is checked. */
  expected: Digest | undefined;
  blobs: BlobStore;
  timers: Timers;
  /** Told of the blob before newcomers are turned away, so that they find it. */
  keep(blob: Blob): Promise<void>;
};

/** One file on its way from an upstream, for everybody who asks for it meanwhile. */
export type Transfer = {
  /** Settles when the upstream has begun to answer, so that the total is known if ever; rejects when it does not. */
  readonly started: Promise<void>;
  /** The kept blob, or `undefined` when the content is right but the disk did not take it. */
  readonly finished: Promise<Blob | undefined>;
  /** Whether a newcomer can still have the bytes that went before. */
  readonly joinable: boolean;
  readonly available: number;
  /** In the turn in which the transfer was made or found `joinable`. */
  join(first: number): ArrivalReader;
  /** Ends it; its readers fail. */
  stop(): void;
};

/** Milliseconds before each attempt to take up a transfer that broke off. */
const continuationPauses = [200, 1000, 3000] as const;
/** A transfer that nobody waits for any more is finished only if so many bytes or fewer are left. */
const finishAlone = 64 * 1024 * 1024;

export function startTransfer(options: TransferOptions): Transfer {
  const abort = new AbortController();
  const file = new ArrivingFile(() => {
    const left = file.total === undefined ? Number.POSITIVE_INFINITY : file.total - file.received;
    if (!file.kept || left > finishAlone) abort.abort();
  });
  const { promise: started, resolve, reject } = Promise.withResolvers<void>();
  const finished = run(options, file, abort.signal, resolve);
  // A failure that nobody watches is no fault of the process.
  finished.catch(reject);
  started.catch(() => undefined);
  return {
    started,
    finished,
    get joinable() {
      return file.joinable && !abort.signal.aborted;
    },
    get available() {
      return file.available;
    },
    join: (first) => file.join(first),
    stop: () => abort.abort(),
  };
}

async function run(options: TransferOptions, file: ArrivingFile, signal: AbortSignal, started: () => void) {
  const hash = options.expected && createHash(options.expected.algorithm);
  try {
    await file.open(options.blobs);
    await fetchWhole(options, file, signal, started, (chunk) => hash?.update(chunk));
    if (hash?.digest('hex') !== options.expected?.hex) {
      throw new Wrong(`does not have the ${options.expected?.algorithm} that the index announces`);
    }
  } catch (error) {
    const failure = upstreamError(options.url, error);
    await file.failed(failure);
    throw failure;
  }
  const blob = await file.verified();
  if (blob !== undefined) await options.keep(blob);
  file.release();
  return blob;
}

/** Fetches to the end, taking the transfer up where it broke off. */
async function fetchWhole(
  options: TransferOptions,
  file: ArrivingFile,
  signal: AbortSignal,
  started: () => void,
  taken: (chunk: Uint8Array) => void,
): Promise<void> {
  let validator: string | undefined;
  for (const pauseFor of [...continuationPauses, undefined]) {
    try {
      const answer = await ask(options, file.received, validator, signal);
      if (file.received === 0) {
        file.total = contentLength(answer);
        validator = strongValidator(answer);
        started();
      }
      await consume(answer, file, taken);
      return;
    } catch (error) {
      if (pauseFor === undefined || file.received === 0 || error instanceof Wrong || signal.aborted)
        throw error;
      await options.timers.wait(pauseFor, signal);
    }
  }
}

type Continued = UpstreamAnswer & {
  /** Bytes at the beginning of the body that are there already. */ skip: number;
};

async function ask(
  { upstream, url, expected }: TransferOptions,
  from: number,
  validator: string | undefined,
  signal: AbortSignal,
): Promise<Continued> {
  const conditional =
    from === 0 ? {} : { range: `bytes=${from}-`, ...(validator && { 'if-range': validator }) };
  const answer = await upstream.request(url, {
    headers: { 'accept-encoding': 'identity', ...conditional },
    signal,
  });
  try {
    if (from === 0) checkFirst(answer);
    const isKnown =
      expected !== undefined || (validator !== undefined && validator === strongValidator(answer));
    return { ...answer, skip: from === 0 ? 0 : skipOf(answer, from, isKnown) };
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
}

function checkFirst({ status, url }: UpstreamAnswer): void {
  if (status === 404 || status === 410)
    throw new ServiceError('not-found', 'the upstream no longer has this file');
  if (status !== 200) {
    throw new ServiceError(
      'upstream-failed',
      `the upstream ${url.host} answered ${status} to a request for a file`,
    );
  }
}

/** @param isKnown whether the content can be told to be the same as before: by a hash, or by an unchanged tag. */
function skipOf({ status, headers }: UpstreamAnswer, from: number, isKnown: boolean): number {
  const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  if (status === 206 && Number(range?.[1]) === from) return 0;
  // Without ranges the whole comes again.
  if (status === 200 && isKnown) return from;
  if (status >= 500) throw new Error(`the upstream answered ${status}`);
  throw new Wrong('changed while it was fetched');
}

async function consume(
  { body, skip }: Continued,
  file: ArrivingFile,
  taken: (chunk: Uint8Array) => void,
): Promise<void> {
  let toSkip = skip;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
    toSkip -= chunk.length - fresh.length;
    if (fresh.length === 0) continue;
    if (file.total !== undefined && file.received + fresh.length > file.total)
      throw new Wrong('is longer than announced');
    taken(fresh);
    await file.take(fresh);
  }
  if (file.total !== undefined && file.received < file.total) throw new Error('the upstream broke off');
}

/** Content that will not become right by asking again. */
class Wrong extends ServiceError {
  constructor(what: string) {
    super('upstream-failed', `a file of the upstream ${what}`);
    this.name = 'Wrong';
  }
}

function contentLength({ headers }: UpstreamAnswer): number | undefined {
  const length = headers['content-length'];
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** What `If-Range` may carry (RFC 9110 §13.1.5): a strong tag, else a date. */
function strongValidator({ headers }: UpstreamAnswer): string | undefined {
  const { etag } = headers;
  return etag !== undefined && !etag.startsWith('W/') ? etag : headers['last-modified'];
}

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { createBoundedMap } from '../core/bounded-map.ts';
import { ServiceError } from '../core/errors.ts';
import type { Clock, Timers } from '../core/ports/index.ts';
import { freshFor } from './freshness.ts';
import type { RecordStore, StoredRecord } from './record-store.ts';
import { readBody, type Upstream, type UpstreamAnswer, type UpstreamLimits } from './upstream.ts';
import { createWeightedCache, type WeightedCache } from './weighted-cache.ts';

/** A document of an upstream as far as the service knows it. The value keeps its identity while it does not change. */
export type MirroredDocument<T> = {
  value: T;
  /** Milliseconds since the epoch. */
  freshUntil: number;
  /** Set when the upstream could not be asked since. */
  staleSince?: number;
};

/** What is kept on disk beside the bytes, which are kept as they came over the wire. */
export type DocumentHead = {
  etag?: string;
  lastModified?: string;
  type: string;
  encoding: 'gzip' | 'identity';
  /** After redirects: what relative references resolve against. */
  url: string;
  validatedAt: number;
};

export type DocumentOptions<T> = {
  upstream: Upstream;
  limits: UpstreamLimits;
  records: RecordStore<DocumentHead>;
  clock: Clock;
  timers: Timers;
  accept: string;
  addressOf(key: string): URL;
  /** Throws when the bytes are no such document. */
  parse(key: string, body: Buffer, head: DocumentHead): T;
  /** Bytes of memory. */
  weigh(value: T): number;
  /** Bytes of memory for all. */
  memory: number;
  count(outcome: 'fetched' | 'unchanged' | 'absent' | 'failed'): void;
};

type Entry<T> = { value: T; head: DocumentHead; freshUntil: number; stale: boolean };

/** Milliseconds. How long an absence is believed. */
const absentFor = 60_000;
/** How long an upstream that failed is left alone about a document that there is a copy of. */
const retryAfter = 10_000;
/** How long a request waits for the upstream when there is a copy. */
const patience = 5_000;

/**
 * Documents of an upstream by key: index pages, lists. Asked for with the upstream's own validators, once for however
 * many want one; answered from what is there when the upstream is slow, down or broken (GW08).
 */
export class MirroredDocuments<T> {
  readonly #options: DocumentOptions<T>;
  readonly #known: WeightedCache<Entry<T>>;
  readonly #absent = createBoundedMap<string, number>(10_000);
  readonly #restoring = new Map<string, Promise<Entry<T> | undefined>>();
  readonly #asking = new Map<string, Promise<Entry<T> | undefined>>();

  constructor(options: DocumentOptions<T>) {
    this.#options = options;
    this.#known = createWeightedCache(options.memory);
  }

  /**
   * `undefined` when the upstream says that there is none. Throws `upstream-failed` or `upstream-timeout` when there
   * is no copy and no answer.
   *
   * @param stale `accept`: a copy of any age will do.
   */
  async get(key: string, stale: 'refuse' | 'accept'): Promise<MirroredDocument<T> | undefined> {
    const { clock, timers } = this.#options;
    const entry = this.#known.get(key);
    if (entry !== undefined && (stale === 'accept' || clock.now() < entry.freshUntil))
      return documentOf(entry);
    if (entry === undefined && clock.now() < (this.#absent.get(key) ?? 0)) return undefined;
    const copy = await this.#copyOf(key);
    if (copy === undefined) return this.renew(key);
    if (stale === 'accept') return documentOf(copy);
    const answer = await within(timers, patience, this.renew(key));
    return answer === late ? documentOf(this.#keepStale(key, copy)) : answer;
  }

  /** Asks the upstream now, whatever the age of the copy. */
  async renew(key: string): Promise<MirroredDocument<T> | undefined> {
    return documentOf(await once(this.#asking, key, () => this.#ask(key)));
  }

  async #ask(key: string): Promise<Entry<T> | undefined> {
    const { count, clock, records } = this.#options;
    const copy = await this.#copyOf(key);
    try {
      const { entry, outcome } = await fetchDocument(this.#options, key, copy);
      count(outcome);
      if (entry !== undefined) return this.#keep(key, entry);
      this.#absent.set(key, clock.now() + absentFor);
      this.#known.delete(key);
      await records.remove(key);
      return undefined;
    } catch (error) {
      count('failed');
      if (copy === undefined) throw error;
      return this.#keepStale(key, copy);
    }
  }

  /** From memory or disk, of whatever age. */
  async #copyOf(key: string): Promise<Entry<T> | undefined> {
    return this.#known.get(key) ?? once(this.#restoring, key, () => this.#restore(key));
  }

  async #restore(key: string): Promise<Entry<T> | undefined> {
    const { records, limits, parse } = this.#options;
    const record = await records.get(key);
    if (record === undefined) return undefined;
    try {
      const value = parse(key, await decompress(record, limits.pageBytes), record.head);
      return this.#keep(key, { value, head: record.head, freshUntil: 0, stale: false });
    } catch {
      await records.remove(key);
      return undefined;
    }
  }

  #keep(key: string, entry: Entry<T>): Entry<T> {
    this.#known.set(key, entry, this.#options.weigh(entry.value));
    return entry;
  }

  #keepStale(key: string, copy: Entry<T>): Entry<T> {
    return this.#keep(key, { ...copy, freshUntil: this.#options.clock.now() + retryAfter, stale: true });
  }
}

function documentOf<T>(entry: Entry<T> | undefined): MirroredDocument<T> | undefined {
  if (entry === undefined) return undefined;
  const { value, freshUntil, head } = entry;
  return entry.stale ? { value, freshUntil, staleSince: head.validatedAt } : { value, freshUntil };
}

/** Runs `work` once for all who ask while it runs. */
function once<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = running.get(key);
  if (found !== undefined) return found;
  const started = work().finally(() => running.delete(key));
  running.set(key, started);
  return started;
}

const late: unique symbol = Symbol('late');

async function within<T>(timers: Timers, milliseconds: number, work: Promise<T>): Promise<T | typeof late> {
  const done = new AbortController();
  // Nobody may be left to hear of a failure that comes after the time.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, timers.wait(milliseconds, done.signal).then((): typeof late => late)]);
  } finally {
    done.abort();
  }
}

type Fetched<T> =
  | { entry: Entry<T>; outcome: 'fetched' | 'unchanged' }
  | { entry: undefined; outcome: 'absent' };

async function fetchDocument<T>(
  options: DocumentOptions<T>,
  key: string,
  copy: Entry<T> | undefined,
): Promise<Fetched<T>> {
  const { upstream, limits, clock } = options;
  const target = options.addressOf(key);
  const headers: Record<string, string> = { accept: options.accept, 'accept-encoding': 'gzip' };
  if (copy?.head.etag !== undefined) headers['if-none-match'] = copy.head.etag;
  else if (copy?.head.lastModified !== undefined) headers['if-modified-since'] = copy.head.lastModified;
  const answer = await upstream.request(target, { headers, signal: AbortSignal.timeout(limits.page) });
  if (answer.status === 200) return { entry: await read(options, key, answer), outcome: 'fetched' };
  answer.body.destroy();
  if (answer.status === 404 || answer.status === 410) return { entry: undefined, outcome: 'absent' };
  if (answer.status !== 304 || copy === undefined) throw refusal(answer);
  const now = clock.now();
  await options.records.touch(key);
  const entry = {
    ...copy,
    head: { ...copy.head, validatedAt: now },
    freshUntil: now + freshFor(answer.headers),
    stale: false,
  };
  return { entry, outcome: 'unchanged' };
}

async function read<T>(options: DocumentOptions<T>, key: string, answer: UpstreamAnswer): Promise<Entry<T>> {
  const body = await readBody(answer, options.limits.pageBytes);
  const {
    etag,
    'last-modified': lastModified,
    'content-type': type = '',
    'content-encoding': encoding,
  } = answer.headers;
  const head: DocumentHead = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    type,
    encoding: encoding === 'gzip' || encoding === 'x-gzip' ? 'gzip' : 'identity',
    url: answer.url.href,
    validatedAt: options.clock.now(),
  };
  const value = await interpret(options, key, { head, body }, answer.url);
  await options.records.put(key, { head, body });
  return { value, head, freshUntil: head.validatedAt + freshFor(answer.headers), stale: false };
}

async function interpret<T>(
  options: DocumentOptions<T>,
  key: string,
  record: StoredRecord<DocumentHead>,
  url: URL,
) {
  try {
    return options.parse(key, await decompress(record, options.limits.pageBytes), record.head);
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError('upstream-failed', `the upstream ${url.host} answers with what is no index page`, {
      cause: error,
    });
  }
}

const gunzipAsync = promisify(gunzip);

async function decompress({ head, body }: StoredRecord<DocumentHead>, limit: number): Promise<Buffer> {
  return head.encoding === 'gzip' ? gunzipAsync(body, { maxOutputLength: limit }) : body;
}

function refusal({ status, url }: UpstreamAnswer): ServiceError {
  if (status === 401 || status === 403) {
    return new ServiceError(
      'upstream-failed',
      `the upstream ${url.host} refuses the registry's own credential (${status})`,
    );
  }
  return new ServiceError('upstream-failed', `the upstream ${url.host} answered ${status}`);
}

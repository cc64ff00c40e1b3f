import { createHash } from 'node:crypto';
import { createBoundedMap } from '../core/bounded-map.ts';
import { ServiceError } from '../core/errors.ts';
import type { Blob, BlobStore, Timers } from '../core/ports/index.ts';
import { bestDigest } from './digest.ts';
import type { ByteRange, FileContent } from './pypi/source.ts';
import type { RecordStore } from './record-store.ts';
import { startTransfer, type Transfer } from './transfer.ts';
import { readBody, type Upstream, type UpstreamAnswer } from './upstream.ts';

/** A file as an index announces it. */
export type AnnouncedFile = {
  filename: string;
  url: string;
  /** Hex by algorithm; may be empty. */
  hashes: Readonly<Record<string, string>>;
};

/** Which blob a file of this mirror is: only what the mirror itself fetched is served by it. */
export type KeptFile = { sha256: string; size: number };

export type MirroredFilesOptions = {
  upstream: Upstream;
  blobs: BlobStore;
  kept: RecordStore<KeptFile>;
  timers: Timers;
  count(outcome: 'fetched' | 'passed' | 'failed'): void;
};

/** Bytes; metadata files are a few kilobytes, the largest known some hundred. */
const longestRead = 16 * 1024 * 1024;

/**
 * Files of an upstream, fetched once for however many ask, verified against what the index announced before they are
 * kept, and served from then on without the upstream.
 */
export class MirroredFiles {
  readonly #options: MirroredFilesOptions;
  readonly #known = createBoundedMap<string, KeptFile>(50_000);
  readonly #transfers = new Map<string, Transfer>();
  readonly #reads = new Map<string, Promise<Uint8Array>>();

  constructor(options: MirroredFilesOptions) {
    this.#options = options;
  }

  async find(file: AnnouncedFile): Promise<Blob | undefined> {
    const key = keyOf(file);
    const known = this.#known.get(key) ?? (await this.#options.kept.get(key))?.head;
    if (known === undefined) return undefined;
    this.#known.set(key, known);
    const blob = await this.#options.blobs.find(known.sha256);
    // One that the disk has cut off is fetched again.
    return blob?.size === known.size ? blob : undefined;
  }

  /** Rejects with `not-found` when the upstream no longer has the file. */
  async open(file: AnnouncedFile, range: ByteRange | undefined): Promise<FileContent> {
    const blob = (await this.find(file)) ?? (await this.#finishedMeanwhile(file));
    if (blob !== undefined) return { kind: 'blob', blob };
    if (range === undefined) return this.#join(file, 0);
    if ('first' in range && (range.last === undefined || range.last < this.#arrived(file))) {
      return this.#join(file, range.first);
    }
    return (await fetchPart(this.#options.upstream, file, range)) ?? this.#join(file, 0);
  }

  /** The length by the upstream's own HEAD; `undefined` when it does not say. */
  async sizeOf(file: AnnouncedFile): Promise<number | undefined> {
    const headers = { 'accept-encoding': 'identity' };
    const answer = await this.#options.upstream.request(new URL(file.url), { method: 'HEAD', headers });
    answer.body.destroy();
    if (isGone(answer)) throw gone();
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    return answer.status === 200 && Number.isSafeInteger(length) ? length : undefined;
  }

  /** A small file, whole and verified. */
  read(file: AnnouncedFile): Promise<Uint8Array> {
    const key = keyOf(file);
    const running = this.#reads.get(key) ?? this.#readOnce(file).finally(() => this.#reads.delete(key));
    this.#reads.set(key, running);
    return running;
  }

  /** Ends every transfer; settles when nothing is written any more. */
  async stop(): Promise<void> {
    const running = [...this.#transfers.values()];
    for (const transfer of running) transfer.stop();
    await Promise.allSettled(running.map((transfer) => transfer.finished));
  }

  /** While `find` looked at the disk, a transfer may have come to its end: a second one would be for nothing. */
  async #finishedMeanwhile(file: AnnouncedFile): Promise<Blob | undefined> {
    const key = keyOf(file);
    const isRunning = this.#transfers.get(key)?.joinable === true;
    return !isRunning && this.#known.get(key) !== undefined ? this.find(file) : undefined;
  }

  #arrived(file: AnnouncedFile): number {
    const transfer = this.#transfers.get(keyOf(file));
    return transfer?.joinable === true ? transfer.available : 0;
  }

  async #join(file: AnnouncedFile, first: number): Promise<FileContent> {
    const transfer = this.#transferOf(file);
    const reader = transfer.join(first);
    try {
      await transfer.started;
    } catch (error) {
      reader.leave();
      throw error;
    }
    return { kind: 'arriving', reader };
  }

  #transferOf(file: AnnouncedFile): Transfer {
    const key = keyOf(file);
    const running = this.#transfers.get(key);
    if (running?.joinable === true) return running;
    const { upstream, blobs, timers, count } = this.#options;
    const expected = bestDigest(file.hashes);
    const keep = (blob: Blob) => this.#keep(key, blob);
    const transfer = startTransfer({ upstream, url: new URL(file.url), expected, blobs, timers, keep });
    this.#transfers.set(key, transfer);
    transfer.finished
      .then((blob) => count(blob === undefined ? 'passed' : 'fetched'))
      .catch(() => count('failed'))
      .finally(() => {
        if (this.#transfers.get(key) === transfer) this.#transfers.delete(key);
      });
    return transfer;
  }

  async #keep(key: string, { sha256, size }: Blob): Promise<void> {
    this.#known.set(key, { sha256, size });
    await this.#options.kept.put(key, { head: { sha256, size }, body: Buffer.alloc(0) });
  }

  async #readOnce(file: AnnouncedFile): Promise<Uint8Array> {
    const { upstream, blobs, count } = this.#options;
    const bytes = await fetchSmall(upstream, file);
    const blob = await store(blobs, bytes);
    count(blob === undefined ? 'passed' : 'fetched');
    if (blob !== undefined) await this.#keep(keyOf(file), blob);
    return bytes;
  }
}

/** A file is the same when name and announced hash are; without a hash, when its address is. */
function keyOf({ filename, hashes, url }: AnnouncedFile): string {
  const digest = bestDigest(hashes);
  return digest === undefined ? `${filename} at ${url}` : `${filename} ${digest.algorithm}:${digest.hex}`;
}

/**
 * Passes one part of a file on, unverified and not kept: a client that reads the end of a large wheel should not wait
 * for all of it. `undefined` when the upstream does not give parts.
 */
async function fetchPart(
  upstream: Upstream,
  file: AnnouncedFile,
  range: ByteRange,
): Promise<FileContent | undefined> {
  const bytes = 'suffix' in range ? `-${range.suffix}` : `${range.first}-${range.last ?? ''}`;
  const answer = await upstream.request(new URL(file.url), {
    headers: { range: `bytes=${bytes}`, 'accept-encoding': 'identity' },
  });
  const [, first, last, total] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(answer.headers['content-range'] ?? '') ?? [];
  const part = { first: Number(first), last: Number(last), total: Number(total) };
  if (answer.status === 206 && part.first <= part.last && part.last < part.total && answers(part, range)) {
    return { kind: 'part', ...part, body: answer.body };
  }
  answer.body.destroy();
  return undefined;
}

/** Whether the part is what was asked for, cut off at the end of the file. */
function answers(part: { first: number; last: number; total: number }, range: ByteRange): boolean {
  if ('suffix' in range)
    return part.last === part.total - 1 && part.first === Math.max(0, part.total - range.suffix);
  return part.first === range.first && part.last === Math.min(range.last ?? part.total, part.total - 1);
}

async function fetchSmall(upstream: Upstream, file: AnnouncedFile): Promise<Uint8Array> {
  const url = new URL(file.url);
  const answer = await upstream.request(url, { headers: { 'accept-encoding': 'identity' } });
  if (answer.status !== 200) {
    answer.body.destroy();
    if (isGone(answer)) throw gone();
    throw failed(`${url.host} answered ${answer.status} to a request for a file`);
  }
  const bytes = await readBody(answer, longestRead);
  const expected = bestDigest(file.hashes);
  if (expected !== undefined && createHash(expected.algorithm).update(bytes).digest('hex') !== expected.hex) {
    throw failed(`${url.host} sends a file without the ${expected.algorithm} that the index announces`);
  }
  return bytes;
}

const isGone = ({ status }: UpstreamAnswer): boolean => status === 404 || status === 410;
const gone = () => new ServiceError('not-found', 'the upstream no longer has this file');
const failed = (what: string) => new ServiceError('upstream-failed', `the upstream ${what}`);

/** A disk that takes nothing costs the copy, not the answer. */
async function store(blobs: BlobStore, bytes: Uint8Array): Promise<Blob | undefined> {
  try {
    const writer = await blobs.create();
    try {
      await writer.write(bytes);
      return await writer.commit();
    } finally {
      await writer.discard();
    }
  } catch {
    return undefined;
  }
}

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeDistribution, type FaultyIndex, startFaultyIndex } from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../core/errors.ts';
import type { BlobStore, Timers } from '../core/ports/index.ts';
import type { ArrivalReader } from './arrival.ts';
import { openBlobStore } from './blobs.ts';
import { startTransfer, type TransferOptions } from './transfer.ts';
import { createUpstream, type Upstream, upstreamLimits } from './upstream.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) >> 5));
const sha256 = createHash('sha256').update(content).digest('hex');
const file: FakeDistribution = { filename: 'big-1.0.tar.gz', content, sha256, metadata: '' };
const path = `/files/${file.filename}`;

const timers: Timers = { every: () => () => {}, wait: () => Promise.resolve() };

async function readAll(reader: ArrivalReader, piece = 8192): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const into = Buffer.alloc(piece);
  try {
    for (let count = await reader.read(into); count > 0; count = await reader.read(into)) {
      chunks.push(Buffer.from(into.subarray(0, count)));
    }
  } finally {
    reader.leave();
  }
  return Buffer.concat(chunks);
}

/** A disk that takes so many bytes and no more. */
function fullAfter(blobs: BlobStore, bytes: number): BlobStore {
  return {
    find: (hash) => blobs.find(hash),
    async create() {
      if (bytes < 0) throw new ServiceError('unavailable', 'the disk is full');
      const writer = await blobs.create();
      return {
        get path() {
          return writer.path;
        },
        get size() {
          return writer.size;
        },
        async write(chunk) {
          if (writer.size + chunk.byteLength > bytes)
            throw new ServiceError('unavailable', 'the disk is full');
          await writer.write(chunk);
        },
        commit: (hash) => writer.commit(hash),
        discard: () => writer.discard(),
      };
    },
  };
}

describe('transfer', () => {
  let directory: string;
  let index: FaultyIndex;
  let upstream: Upstream;
  let blobs: BlobStore;

  const start = (over: Partial<TransferOptions> = {}) =>
    startTransfer({
      upstream,
      url: new URL(path, index.origin),
      expected: { algorithm: 'sha256', hex: sha256 },
      blobs,
      timers,
      keep: () => Promise.resolve(),
      ...over,
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-transfer-'));
    blobs = await openBlobStore(directory);
    index = await startFaultyIndex([file]);
    upstream = createUpstream({ url: index.url, authorization: undefined });
  });
  afterEach(async () => {
    await upstream.close();
    await index.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('gives 50 readers the same bytes from one request, wherever they begin, and keeps them', async () => {
    const transfer = start();
    const begins = Array.from({ length: 50 }, (_, at) => at * 5000);
    const bodies = await Promise.all(
      begins.map((first) => readAll(transfer.join(first), 1000 + (first % 9000))),
    );
    expect(bodies.map((body) => body.length)).toEqual(begins.map((first) => content.length - first));
    for (const [at, body] of bodies.entries()) expect(body.equals(content.subarray(at * 5000))).toBe(true);
    const blob = await transfer.finished;
    expect(blob).toMatchObject({ sha256, size: content.length });
    expect((await readFile(blob?.path ?? '')).equals(content)).toBe(true);
    expect(index.count(path)).toBe(1);
  });

  it('knows the total as soon as it has started', async () => {
    const transfer = start();
    const reader = transfer.join(0);
    await transfer.started;
    expect(reader.total).toBe(content.length);
    await readAll(reader);
  });

  it('GW08 takes up a transfer that broke off, where it broke off', async () => {
    index.fault = (_, before) => (before < 3 ? { kind: 'cut', after: 70_000 } : undefined);
    const transfer = start();
    expect((await readAll(transfer.join(0))).equals(content)).toBe(true);
    expect(await transfer.finished).toMatchObject({ sha256 });
    const ranges = index.requests.map((request) => request.headers.range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? ''))).toBe(true);
    expect(index.requests.at(-1)?.headers['if-range']).toMatch(/^"/);
  });

  it('GW08 gives up after three continuations, fails its readers and keeps nothing', async () => {
    index.fault = () => ({ kind: 'cut', after: 50_000 });
    const transfer = start();
    await expect(readAll(transfer.join(0))).rejects.toMatchObject({ code: 'upstream-failed' });
    await expect(transfer.finished).rejects.toMatchObject({ code: 'upstream-failed' });
    expect(index.count(path)).toBe(4);
    expect(await blobs.find(sha256)).toBeUndefined();
  });

  it('continues without ranges when a hash will tell whether it is the same content', async () => {
    index.options = { ranges: false };
    index.fault = (_, before) => (before === 0 ? { kind: 'cut', after: 70_000 } : undefined);
    expect((await readAll(start().join(0))).equals(content)).toBe(true);
  });

  it('does not join two contents: without a hash, changed content ends the transfer', async () => {
    index.fault = (_, before) => {
      if (before === 1) index.publish({ ...file, content: Buffer.from(content).reverse() });
      return before === 0 ? { kind: 'cut', after: 70_000 } : undefined;
    };
    const transfer = start({ expected: undefined });
    await expect(readAll(transfer.join(0))).rejects.toMatchObject({ code: 'upstream-failed' });
    await expect(transfer.finished).rejects.toMatchObject({ code: 'upstream-failed' });
  });

  it.each([false, true])(
    'GW08 wrong content: the readers never get the last byte or a clean end, and it is not kept (chunked: %s)',
    async (chunked) => {
      index.options = { chunked };
      index.fault = () => ({ kind: 'altered' });
      const transfer = start();
      const reader = transfer.join(0);
      const into = Buffer.alloc(content.length + 1);
      let size = 0;
      const drain = async () => {
        for (let count = 1; count > 0; size += count) count = await reader.read(into);
      };
      await expect(drain()).rejects.toMatchObject({ code: 'upstream-failed' });
      if (!chunked) expect(size).toBeLessThan(content.length);
      reader.leave();
      await expect(transfer.finished).rejects.toThrow('sha256');
      expect(
        await blobs.find(
          createHash('sha256')
            .update(content.map((byte) => byte ^ 1))
            .digest('hex'),
        ),
      ).toBeUndefined();
    },
  );

  it('checks any hash that the index announces, and keeps under SHA-256', async () => {
    const expected = { algorithm: 'md5', hex: createHash('md5').update(content).digest('hex') };
    expect(await start({ expected }).finished).toMatchObject({ sha256 });
    await expect(start({ expected: { ...expected, hex: '0'.repeat(32) } }).finished).rejects.toThrow('md5');
  });

  it('serves what has no hash, of unknown length', async () => {
    index.options = { chunked: true, tags: false };
    const transfer = start({ expected: undefined });
    expect((await readAll(transfer.join(0))).equals(content)).toBe(true);
    expect(await transfer.finished).toMatchObject({ sha256 });
  });

  it.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [403, 'upstream-failed'],
    [500, 'upstream-failed'],
  ])('GW08 says before the first byte that the upstream answered %i', async (status, code) => {
    index.fault = () => ({ kind: 'status', status });
    const transfer = start();
    const reader = transfer.join(0);
    await expect(transfer.started).rejects.toMatchObject({ code });
    await expect(reader.read(Buffer.alloc(10))).rejects.toMatchObject({ code });
    reader.leave();
  });

  it('GW08 does not wait for an upstream that has gone silent', async () => {
    upstream = createUpstream({
      url: index.url,
      authorization: undefined,
      limits: { ...upstreamLimits, headers: 200, idle: 200 },
    });
    index.fault = (_, before) => (before === 0 ? { kind: 'stall', after: 100 } : { kind: 'silent' });
    await expect(readAll(start().join(0))).rejects.toMatchObject({ code: 'upstream-timeout' });
  });

  it.each([-1, 0, 100_000])(
    'PS02 a disk that is full after %i bytes: served all the same, and not kept',
    async (bytes) => {
      const transfer = start({ blobs: fullAfter(blobs, bytes) });
      const bodies = await Promise.all([
        readAll(transfer.join(0), 700),
        readAll(transfer.join(0), 64_000),
        readAll(transfer.join(0)),
      ]);
      for (const body of bodies) expect(body.equals(content)).toBe(true);
      expect(await transfer.finished).toBeUndefined();
      expect(transfer.joinable).toBe(false);
      expect(await blobs.find(sha256)).toBeUndefined();
    },
  );

  it('PS02 wrong content on a full disk is caught too', async () => {
    index.fault = () => ({ kind: 'altered' });
    await expect(readAll(start({ blobs: fullAfter(blobs, 0) }).join(0))).rejects.toThrow('sha256');
  });

  it('goes on for those who wait when one reader leaves, and to the end when the last one does', async () => {
    let open = () => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    index.fault = () => ({ kind: 'paused', after: 1000, until });
    const transfer = start();
    const [first, second] = [transfer.join(0), transfer.join(0)];
    await first.read(Buffer.alloc(10));
    first.leave();
    const whole = readAll(second);
    open();
    expect((await whole).equals(content)).toBe(true);

    const alone = start();
    const left = alone.join(0);
    await alone.started;
    left.leave();
    expect(await alone.finished).toMatchObject({ sha256 });
  });

  it('stops when nobody waits for what would not be kept anyway', async () => {
    index.fault = () => ({ kind: 'stall', after: 1000 });
    const transfer = start({ blobs: fullAfter(blobs, 0) });
    const reader = transfer.join(0);
    await reader.read(Buffer.alloc(10));
    reader.leave();
    await expect(transfer.finished).rejects.toMatchObject({ code: 'upstream-failed' });
  });
});

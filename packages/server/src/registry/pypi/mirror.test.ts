import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FaultyIndex,
  type FaultyIndexOptions,
  makeSdist,
  makeWheel,
  startFaultyIndex,
} from '@pkgauth/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore, Timers } from '../../core/ports/index.ts';
import { openBlobStore } from '../blobs.ts';
import { createUpstream, type Upstream, upstreamLimits } from '../upstream.ts';
import { createMirror, type Mirror } from './mirror.ts';
import type { FileContent, ListedFile } from './source.ts';

const wheel = makeWheel({ name: 'sample', version: '1.0', padding: Buffer.alloc(200_000, 'x') });
const sdist = makeSdist({ name: 'sample', version: '1.0' });
const page = '/simple/sample/';
const wheelPath = `/files/${wheel.filename}`;
const minutes = 60_000;

describe('mirror', () => {
  let directory: string;
  let index: FaultyIndex;
  let upstream: Upstream;
  let blobs: BlobStore;
  let mirror: Mirror;
  let now: number;
  let counts: string[];
  /** How long a `wait` takes: never, until a test lets time run out. */
  let timers: Timers;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-mirror-'));
    blobs = await openBlobStore(join(directory, 'blobs'));
    now = 1_000_000;
    timers = {
      every: () => () => {},
      wait: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    };
    index = await startFaultyIndex([wheel, sdist]);
    open();
  });
  afterEach(async () => {
    await mirror.stop();
    await upstream.close();
    await index.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Also stands for a restart: nothing but the disk is carried over. */
  function open(limits = upstreamLimits) {
    counts = [];
    upstream = createUpstream({ url: index.url, authorization: undefined, limits });
    mirror = createMirror({
      upstream,
      directory: join(directory, 'mirror'),
      blobs,
      clock: { now: () => now },
      timers,
      limits,
      count: (what, outcome) => counts.push(`${what} ${outcome}`),
    });
  }

  async function restart(options: FaultyIndexOptions) {
    index.options = options;
    await upstream.close();
    open();
  }

  async function listed(filename = wheel.filename): Promise<ListedFile> {
    const found = await mirror.project('sample', 'accept');
    const file = found?.page.files.find((one) => one.filename === filename);
    if (file === undefined) throw new Error(`${filename} is not on the page`);
    return { project: 'sample', file };
  }

  async function bytesOf(content: FileContent | undefined): Promise<Buffer> {
    if (content?.kind === 'blob') return readFile(content.blob.path);
    const chunks: Buffer[] = [];
    if (content?.kind === 'part') for await (const chunk of content.body) chunks.push(Buffer.from(chunk));
    if (content?.kind !== 'arriving') return Buffer.concat(chunks);
    const into = Buffer.alloc(50_000);
    try {
      for (let count = await content.reader.read(into); count > 0; count = await content.reader.read(into)) {
        chunks.push(Buffer.from(into.subarray(0, count)));
      }
    } finally {
      content.reader.leave();
    }
    return Buffer.concat(chunks);
  }

  /** Settles when the file is kept, on disk too. */
  async function kept(file?: ListedFile): Promise<FileContent | undefined> {
    const wanted = file ?? (await listed());
    await bytesOf(await mirror.file(wanted, undefined));
    await expect.poll(() => counts, { interval: 5 }).toContain('file fetched');
    return mirror.file(wanted, undefined);
  }

  describe('pages', () => {
    it.each<[string, FaultyIndexOptions]>([
      ['JSON', { notation: 'json', metadata: 'hashed' }],
      ['HTML', { notation: 'html', metadata: 'hashed' }],
      ['HTML without hashes', { notation: 'html', hash: 'none', metadata: 'plain' }],
      ['JSON with MD5', { notation: 'json', hash: 'md5' }],
    ])('reads an upstream that speaks %s only', async (_, options) => {
      await restart(options);
      const found = await mirror.project('sample', 'refuse');
      expect(found?.page.files.map((file) => file.filename)).toEqual([wheel.filename, sdist.filename]);
      expect(found?.page.versions).toEqual(['1.0']);
      const { hash = 'sha256', metadata } = options;
      const [first] = found?.page.files ?? [];
      expect(Object.keys(first?.hashes ?? {})).toEqual(hash === 'none' ? [] : [hash]);
      if (metadata === 'hashed') expect(first?.coreMetadata).toMatchObject({ sha256: expect.any(String) });
      if (metadata === 'plain') expect(first?.coreMetadata).toBe(true);
    });

    it('asks the upstream once for 50 who ask at once', async () => {
      const pages = await Promise.all(Array.from({ length: 50 }, () => mirror.project('sample', 'refuse')));
      expect(new Set(pages.map((one) => one?.page)).size).toBe(1);
      expect(index.count(page)).toBe(1);
    });

    it('does not ask again within ten minutes, then with the validator, and keeps the page object on 304', async () => {
      const first = await mirror.project('sample', 'refuse');
      now += 10 * minutes - 1;
      await mirror.project('sample', 'refuse');
      expect(index.count(page)).toBe(1);
      now += 1;
      const second = await mirror.project('sample', 'refuse');
      expect(index.requests.at(-1)?.headers['if-none-match']).toMatch(/^"/);
      expect(second?.page).toBe(first?.page);
      expect(counts).toEqual(['page fetched', 'page unchanged']);
    });

    it.each([
      ['max-age=60', 60_000],
      ['public, max-age=86400', 10 * minutes],
      ['no-cache', 0],
      ['private, max-age=0', 0],
      ['no-store', 0],
    ])('GW08 believes the upstream’s Cache-Control: %s', async (cacheControl, fresh) => {
      await restart({ cacheControl });
      expect((await mirror.project('sample', 'refuse'))?.freshUntil).toBe(now + fresh);
    });

    it('sees a new file at the next look', async () => {
      await mirror.project('sample', 'refuse');
      index.publish(makeWheel({ name: 'sample', version: '2.0' }));
      now += 10 * minutes;
      expect((await mirror.project('sample', 'refuse'))?.page.versions).toEqual(['1.0', '2.0']);
    });

    it('believes an absence for a minute, and a deletion at the next look', async () => {
      expect(await mirror.project('absent', 'refuse')).toBeUndefined();
      now += minutes - 1;
      expect(await mirror.project('absent', 'refuse')).toBeUndefined();
      expect(index.count('/simple/absent/')).toBe(1);
      now += 1;
      await mirror.project('absent', 'refuse');
      expect(index.count('/simple/absent/')).toBe(2);
      await mirror.project('sample', 'refuse');
      index.fault = () => ({ kind: 'status', status: 404 });
      now += 10 * minutes;
      expect(await mirror.project('sample', 'refuse')).toBeUndefined();
      expect(await mirror.project('sample', 'accept')).toBeUndefined();
    });

    it.each([
      ['answers 503', { kind: 'status', status: 503 }],
      ['answers 429', { kind: 'status', status: 429 }],
      ['refuses the credential', { kind: 'status', status: 401 }],
      ['breaks off', { kind: 'cut', after: 5 }],
      ['is garbled', { kind: 'altered' }],
      ['says 304 to what it was not asked', { kind: 'status', status: 304 }],
    ] as const)(
      'GW08 an upstream that %s: an error without a copy, the old page with one',
      async (_, fault) => {
        index.fault = () => fault;
        await expect(mirror.project('sample', 'refuse')).rejects.toMatchObject({ code: 'upstream-failed' });
        index.fault = undefined;
        const fetchedAt = now;
        const good = await mirror.project('sample', 'refuse');
        if (fault.kind === 'status' && fault.status === 304) return;
        index.publish(makeWheel({ name: 'sample', version: '2.0' }));
        index.fault = () => fault;
        now += 10 * minutes;
        const stale = await mirror.project('sample', 'refuse');
        expect(stale?.page).toBe(good?.page);
        expect(stale).toMatchObject({ staleSince: fetchedAt, freshUntil: now + 10_000 });
        const asked = index.count(page);
        await mirror.project('sample', 'refuse');
        expect(index.count(page)).toBe(asked);
        index.fault = undefined;
        now += 10_000;
        expect(await mirror.project('sample', 'refuse')).not.toHaveProperty('staleSince');
      },
    );

    it('GW08 does not wait longer than its patience for a silent upstream when there is a copy', async () => {
      await mirror.project('sample', 'refuse');
      index.fault = () => ({ kind: 'silent' });
      timers.wait = () => Promise.resolve();
      now += 10 * minutes;
      expect(await mirror.project('sample', 'refuse')).toMatchObject({ staleSince: 1_000_000 });
    });

    it('GW08 gives up on a silent upstream when there is none', async () => {
      await upstream.close();
      open({ ...upstreamLimits, headers: 200 });
      index.fault = () => ({ kind: 'silent' });
      await expect(mirror.project('sample', 'refuse')).rejects.toMatchObject({ code: 'upstream-timeout' });
    });

    it('GW08 refuses a page beyond the limit, packed or not', async () => {
      await upstream.close();
      open({ ...upstreamLimits, pageBytes: 100 });
      await expect(mirror.project('sample', 'refuse')).rejects.toMatchObject({ code: 'upstream-failed' });
    });

    it('serves what it knew before a restart, while the upstream is down', async () => {
      await mirror.project('sample', 'refuse');
      await restart({});
      index.fault = () => ({ kind: 'status', status: 500 });
      expect(await mirror.project('sample', 'refuse')).toMatchObject({ staleSince: now });
      expect(await mirror.project('sample', 'accept')).toBeDefined();
    });

    it('fetches again what was damaged on disk', async () => {
      await mirror.project('sample', 'refuse');
      const pages = join(directory, 'mirror', 'pages');
      for (const entry of await readdir(pages, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) await writeFile(join(entry.parentPath, entry.name), 'torn');
      }
      await restart({});
      expect(await mirror.project('sample', 'refuse')).toBeDefined();
      expect(index.requests.at(-1)?.headers['if-none-match']).toBeUndefined();
    });

    it.each(['json', 'html'] as const)(
      'lists the projects of an upstream that speaks %s',
      async (notation) => {
        index.publish(makeWheel({ name: 'Other_Name', version: '1' }));
        await restart({ notation });
        expect(await mirror.projects()).toEqual(['other-name', 'sample']);
        await mirror.projects();
        expect(index.count('/simple/')).toBe(1);
      },
    );

    it('claims no name: it only mirrors', async () => {
      expect(await mirror.claims('sample')).toBe(false);
    });
  });

  describe('files', () => {
    it('fetches a file once for 50 who ask at once, and never again, also after a restart', async () => {
      const file = await listed();
      const bodies = await Promise.all(
        Array.from({ length: 50 }, async () => bytesOf(await mirror.file(file, undefined))),
      );
      for (const body of bodies) expect(body.equals(wheel.content)).toBe(true);
      expect(await kept(file)).toMatchObject({ kind: 'blob', blob: { sha256: wheel.sha256 } });
      expect(index.count(wheelPath)).toBe(1);
      await restart({});
      index.fault = () => ({ kind: 'status', status: 500 });
      expect(await mirror.file(await listed(), undefined)).toMatchObject({ kind: 'blob' });
      expect(index.count(wheelPath)).toBe(1);
    });

    it.each(['sha256', 'md5'] as const)(
      'GW08 wrong content by %s reaches nobody whole and is not kept',
      async (hash) => {
        await restart({ hash });
        const file = await listed();
        index.fault = (path) => (path === wheelPath ? { kind: 'altered' } : undefined);
        await expect(bytesOf(await mirror.file(file, undefined))).rejects.toMatchObject({
          code: 'upstream-failed',
        });
        index.fault = undefined;
        expect(await bytesOf(await mirror.file(file, undefined))).toEqual(wheel.content);
        expect(index.count(wheelPath)).toBe(2);
      },
    );

    it('keeps what has no hash under the hash it has', async () => {
      await restart({ hash: 'none', chunked: true });
      expect(await kept()).toMatchObject({ blob: { sha256: wheel.sha256 } });
      expect(index.count(wheelPath)).toBe(1);
    });

    it('AD03 does not serve a blob that somebody else put into the store, however well its hash is known', async () => {
      const writer = await blobs.create();
      await writer.write(wheel.content);
      await writer.commit();
      index.fault = (path) => (path === wheelPath ? { kind: 'status', status: 404 } : undefined);
      await expect(mirror.file(await listed(), undefined)).rejects.toMatchObject({ code: 'not-found' });
    });

    it.each(['cut off', 'gone'])('PS02 fetches again what is %s on disk', async (damage) => {
      const file = await listed();
      const content = await kept(file);
      if (content?.kind !== 'blob') throw new Error('the file is kept');
      if (damage === 'gone') await rm(content.blob.path);
      else await truncate(content.blob.path, 1000);
      expect(await bytesOf(await mirror.file(file, undefined))).toEqual(wheel.content);
      await expect
        .poll(async () => (await mirror.file(file, undefined))?.kind, { interval: 20 })
        .toBe('blob');
      expect(await readFile(content.blob.path)).toEqual(wheel.content);
      expect(index.count(wheelPath)).toBe(2);
    });

    it('passes parts of a file that is not here on, without keeping them', async () => {
      const file = await listed();
      const part = await mirror.file(file, { first: 10, last: 19 });
      expect(part).toMatchObject({ kind: 'part', first: 10, last: 19, total: wheel.content.length });
      expect(await bytesOf(part)).toEqual(wheel.content.subarray(10, 20));
      expect(await bytesOf(await mirror.file(file, { suffix: 7 }))).toEqual(wheel.content.subarray(-7));
      expect(await readdir(join(directory, 'blobs'))).toEqual(['tmp']);
    });

    it('gives the whole when the upstream knows no parts, and joins when the rest is wanted', async () => {
      await restart({ ranges: false });
      const file = await listed();
      const [whole, rest] = await Promise.all([
        mirror.file(file, { first: 10, last: 19 }),
        mirror.file(file, { first: 1000, last: undefined }),
      ]);
      expect(await bytesOf(whole)).toEqual(wheel.content);
      expect(await bytesOf(rest)).toEqual(wheel.content.subarray(1000));
    });

    it('takes up a broken transfer', async () => {
      timers.wait = () => Promise.resolve();
      index.fault = (path, before) =>
        path === wheelPath && before === 0 ? { kind: 'cut', after: 70_000 } : undefined;
      expect(await bytesOf(await mirror.file(await listed(), undefined))).toEqual(wheel.content);
    });

    it('asks for the page again when the address of a file has expired', async () => {
      const file = await listed();
      const moved = await startFaultyIndex([wheel]);
      index.options = { fileOrigin: moved.origin };
      index.fault = (path) => (path === wheelPath ? { kind: 'status', status: 403 } : undefined);
      expect(await bytesOf(await mirror.file(file, undefined))).toEqual(wheel.content);
      expect(moved.count(wheelPath)).toBe(1);
      await moved.close();
    });

    it('RM15 sends the credential of the registry for pages, and not to a file host', async () => {
      const files = await startFaultyIndex([wheel]);
      await restart({ credential: 'user:pass', fileOrigin: files.origin });
      await upstream.close();
      upstream = createUpstream({
        url: index.url,
        authorization: `Basic ${Buffer.from('user:pass').toString('base64')}`,
      });
      mirror = createMirror({
        upstream,
        directory: join(directory, 'other'),
        blobs,
        clock: { now: () => now },
        timers,
        count: () => {},
      });
      expect(await bytesOf(await mirror.file(await listed(), undefined))).toEqual(wheel.content);
      expect(files.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
      await files.close();
    });

    it('describes a file without fetching it', async () => {
      const size = wheel.content.length;
      expect(await mirror.stat(await listed())).toEqual({ size, sha256: wheel.sha256 });
      await restart({ hash: 'none' });
      await rm(join(directory, 'mirror'), { recursive: true, force: true });
      expect(await mirror.stat(await listed())).toEqual({ size, sha256: undefined });
      expect(
        index.requests.filter((request) => request.method === 'GET' && request.path === wheelPath),
      ).toEqual([]);
    });
  });

  describe('metadata', () => {
    const metadataPath = `${wheelPath}.metadata`;

    it.each(['plain', 'hashed'] as const)('fetches %s metadata once and keeps it', async (metadata) => {
      await restart({ metadata });
      const file = await listed();
      const texts = await Promise.all(Array.from({ length: 20 }, () => mirror.metadata(file)));
      for (const text of texts) expect(Buffer.from(text ?? []).toString()).toBe(wheel.metadata);
      await restart({ metadata });
      expect(Buffer.from((await mirror.metadata(await listed())) ?? []).toString()).toBe(wheel.metadata);
      expect(index.count(metadataPath)).toBe(1);
    });

    it('GW08 does not pass on metadata with a wrong hash', async () => {
      await restart({ metadata: 'hashed' });
      const file = await listed();
      index.fault = (path) => (path === metadataPath ? { kind: 'altered' } : undefined);
      await expect(mirror.metadata(file)).rejects.toMatchObject({ code: 'upstream-failed' });
      index.fault = undefined;
      expect(await mirror.metadata(file)).toBeDefined();
    });

    it('has none where the upstream offers none', async () => {
      expect(await mirror.metadata(await listed())).toBeUndefined();
      expect(index.count(metadataPath)).toBe(0);
    });
  });
});

import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecordStore, type RecordStore } from './record-store.ts';

type Head = { tag?: string; at: number };

describe('record store', () => {
  let directory: string;
  let store: RecordStore<Head>;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-records-'));
    store = createRecordStore(directory, 1_000_000);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const files = async () =>
    (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it('gives back what was put, whatever the key and the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 3000 }),
        fc.string(),
        async (key, bytes, tag) => {
          await store.put(key, { head: { tag, at: 1 }, body: Buffer.from(bytes) });
          expect(await store.get(key)).toEqual({ head: { tag, at: 1 }, body: Buffer.from(bytes) });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows nothing of what was not put, or was removed', async () => {
    expect(await store.get('a')).toBeUndefined();
    await store.put('a', { head: { at: 1 }, body: Buffer.from('x') });
    await store.remove('a');
    await store.remove('a');
    expect(await store.get('a')).toBeUndefined();
  });

  it('GW08 takes a record that was cut off or altered anywhere for absent, and removes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, cut) => {
        await store.put('a', { head: { tag: '"t"', at: 1 }, body: Buffer.from('a page of files') });
        const [path = ''] = await files();
        const bytes = await readFile(path);
        const at = seed % bytes.length;
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
        if (!cut) damaged[at] = (damaged[at] ?? 0) ^ 0x01;
        await writeFile(path, damaged);
        expect(await store.get('a')).toBeUndefined();
        expect(await files()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('does not mistake the record of one key for that of another', async () => {
    await store.put('a', { head: { at: 1 }, body: Buffer.from('x') });
    await store.put('b', { head: { at: 2 }, body: Buffer.from('y') });
    const [one = '', two = ''] = await files();
    await writeFile(one, await readFile(two));
    expect(
      [await store.get('a'), await store.get('b')].filter((record) => record !== undefined),
    ).toHaveLength(1);
  });

  it('is readable by the service only and leaves no temporary file', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        store.put('same', { head: { at }, body: Buffer.alloc(1000, at) }),
      ),
    );
    const [path = '', ...more] = await files();
    expect(more).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    const record = await store.get('same');
    expect(record?.body.equals(Buffer.alloc(1000, record.head.at))).toBe(true);
  });

  it('stays within its bound by letting the oldest go', async () => {
    store = createRecordStore(directory, 20_000);
    for (let at = 0; at < 15; at += 1) {
      await store.put(`key ${at}`, { head: { at }, body: Buffer.alloc(1000) });
      const newest = (await files()).length;
      expect(newest).toBe(at + 1);
    }
    for (const [at, path] of (await files()).entries()) await utimes(path, 1000 + at, 1000 + at);
    await store.touch('key 3');
    for (let at = 15; at < 25; at += 1)
      await store.put(`key ${at}`, { head: { at }, body: Buffer.alloc(1000) });
    expect((await files()).length).toBeLessThanOrEqual(18);
    expect(await store.get('key 3')).toBeDefined();
    expect(await store.get('key 24')).toBeDefined();
  });

  it('counts what an earlier process left', async () => {
    await store.put('old', { head: { at: 1 }, body: Buffer.alloc(5000) });
    const [path = ''] = await files();
    await utimes(path, 1, 1);
    const later = createRecordStore<Head>(directory, 6000);
    await later.put('new', { head: { at: 2 }, body: Buffer.alloc(3000) });
    expect(await later.get('old')).toBeUndefined();
    expect(await later.get('new')).toBeDefined();
  });

  it('PS02 keeps nothing and fails nobody when the directory cannot be written', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const blocked = createRecordStore<Head>(file, 1000);
    await blocked.put('a', { head: { at: 1 }, body: Buffer.from('x') });
    await blocked.touch('a');
    await blocked.remove('a');
    expect(await blocked.get('a')).toBeUndefined();
  });
});

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlobStore } from './blobs.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const text = (value: string) => new TextEncoder().encode(value);

describe('blob store', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-blobs-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('keeps what was committed under its hash, whatever the chunks', async () => {
    const store = await openBlobStore(directory);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }), async (chunks) => {
        const writer = await store.create();
        for (const chunk of chunks) await writer.write(chunk);
        const whole = Buffer.concat(chunks);
        expect(writer.size).toBe(whole.length);
        const blob = await writer.commit(sha256(whole));
        expect(blob).toMatchObject({ sha256: sha256(whole), size: whole.length });
        expect(await readFile(blob.path)).toEqual(whole);
        expect(await store.find(blob.sha256)).toEqual(blob);
      }),
      { numRuns: 50 },
    );
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('refuses content that does not have the announced hash, and leaves nothing', async () => {
    const store = await openBlobStore(directory);
    const writer = await store.create();
    await writer.write(text('actual'));
    await expect(writer.commit(sha256(text('announced')))).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await store.find(sha256(text('actual')))).toBeUndefined();
    expect(await store.find(sha256(text('announced')))).toBeUndefined();
    expect(await readdir(directory)).toEqual(['tmp']);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('is not visible before commit and gone after discard', async () => {
    const store = await openBlobStore(directory);
    const writer = await store.create();
    await writer.write(text('x'));
    expect(await store.find(sha256(text('x')))).toBeUndefined();
    await writer.discard();
    await writer.discard();
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('writes with mode 0600 in directories that only the service reads', async () => {
    const store = await openBlobStore(directory);
    const writer = await store.create();
    await writer.write(text('secret wheel'));
    const blob = await writer.commit();
    expect((await stat(blob.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(blob.path, '..'))).mode & 0o777).toBe(0o700);
  });

  it('never replaces an equal blob: 20 writers of the same content all get the first one', async () => {
    const store = await openBlobStore(directory);
    const write = async () => {
      const writer = await store.create();
      await writer.write(text('same'));
      return writer.commit();
    };
    const blobs = await Promise.all(Array.from({ length: 20 }, write));
    const inodes = await Promise.all(blobs.map(async (blob) => (await stat(blob.path)).ino));
    expect(new Set(inodes).size).toBe(1);
  });

  it('puts the whole blob in the place of one that the disk has cut off', async () => {
    const store = await openBlobStore(directory);
    const write = async () => {
      const writer = await store.create();
      await writer.write(text('a whole wheel'));
      return writer.commit();
    };
    const { path, sha256: hash } = await write();
    await truncate(path, 3);
    expect(await store.find(hash)).toMatchObject({ size: 3 });
    await write();
    expect(await readFile(path, 'utf8')).toBe('a whole wheel');
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('sweeps the temporary files of a killed process when it opens', async () => {
    await openBlobStore(directory);
    await writeFile(join(directory, 'tmp', 'left-over'), 'half a wheel');
    await openBlobStore(directory);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('finds nothing for what is not a SHA-256', async () => {
    const store = await openBlobStore(directory);
    for (const name of ['', '..', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63), 'tmp']) {
      expect(await store.find(name)).toBeUndefined();
    }
  });
});

import { fstatSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';
import { createOpenFiles } from './open-files.ts';

describe('open files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-open-'));
    for (let at = 0; at < 5; at += 1) await writeFile(join(directory, String(at)), String(at));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const path = (at: number) => join(directory, String(at));
  const isOpen = (fd: number) => {
    try {
      return fstatSync(fd).size === 1;
    } catch {
      return false;
    }
  };

  it('opens a file once for all who ask, and gives it at once from then on', async () => {
    const files = createOpenFiles(2);
    const opened = await Promise.all(Array.from({ length: 20 }, async () => files.acquire(path(0))));
    expect(new Set(opened.map((one) => one.fd)).size).toBe(1);
    expect(files.acquire(path(0))).toBe(opened[0]);
    files.close();
  });

  it('keeps no more open than it may, and never closes what is being read', async () => {
    const files = createOpenFiles(2);
    const held = await files.acquire(path(0));
    // A number is given out again after it was closed.
    const fds = new Set<number>();
    for (let at = 1; at < 5; at += 1) {
      const one = await files.acquire(path(at));
      fds.add(one.fd);
      one.release();
    }
    expect(isOpen(held.fd)).toBe(true);
    await expect.poll(() => [...fds].filter(isOpen).length).toBeLessThanOrEqual(1);
    held.release();
    files.close();
    await expect.poll(() => [held.fd, ...fds].filter(isOpen)).toEqual([]);
  });

  it('rejects for a file that is not there, each time anew', async () => {
    const files = createOpenFiles();
    await expect(files.acquire(path(9))).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(path(9), 'x');
    (await files.acquire(path(9))).release();
    files.close();
  });
});

describe('buffer pool', () => {
  it('uses large buffers again and hands out small ones when all are out', () => {
    const pool = createBufferPool();
    const out = Array.from({ length: 70 }, () => pool.take());
    expect(out.filter((buffer) => buffer.length === 256 * 1024)).toHaveLength(64);
    expect(out.slice(64).every((buffer) => buffer.length === 16 * 1024)).toBe(true);
    for (const buffer of out.slice(1)) pool.give(buffer);
    if (out[0]) pool.lose(out[0]);
    const again = Array.from({ length: 64 }, () => pool.take());
    expect(again.filter((buffer) => out.includes(buffer))).toHaveLength(63);
    expect(again.includes(out[0] as Buffer)).toBe(false);
  });
});

import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecretKey, parseSecretKey } from './secret-key.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pkgauth-key-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the service's key", () => {
  it('is drawn once, private, and the same at every start', async () => {
    const data = join(directory, 'data');
    const key = await loadSecretKey(data, undefined);
    expect(key).toHaveLength(32);
    expect((await stat(join(data, 'secret.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect(await loadSecretKey(data, undefined)).toEqual(key);
    expect(await readdir(data)).toEqual(['secret.key']);
  });

  it('is one when twenty processes start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadSecretKey(directory, undefined)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(await readdir(directory)).toEqual(['secret.key']);
  });

  it('PS09 a file that is no key is refused and left alone', async () => {
    const path = join(directory, 'secret.key');
    for (const text of ['', 'short', '0'.repeat(64)]) {
      await writeFile(path, text, { mode: 0o600 });
      await expect(loadSecretKey(directory, undefined)).rejects.toMatchObject({ code: 'secret-unusable' });
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });

  it('a file that others can read is refused', async () => {
    await loadSecretKey(directory, undefined);
    await chmod(join(directory, 'secret.key'), 0o640);
    await expect(loadSecretKey(directory, undefined)).rejects.toMatchObject({
      code: 'secret-unusable',
      hint: `chmod 600 ${join(directory, 'secret.key')}`,
    });
  });

  it('AD02 a configured key wins, and a weak one is refused', async () => {
    const text = 'k3Jx0vYB2mWq8ZrT6nLh4PdS1cGfUaEo9iXyKbNwMtA=';
    expect(parseSecretKey(text)).toHaveLength(32);
    expect(await loadSecretKey(directory, text)).toEqual(parseSecretKey(text));
    expect(await readdir(directory)).toEqual([]);
    expect(() => parseSecretKey('changeme')).toThrow(expect.objectContaining({ code: 'secret-unusable' }));
  });
});

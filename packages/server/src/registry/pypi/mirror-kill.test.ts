import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type FaultyIndex,
  makeWheel,
  startFaultyIndex,
  startProcess,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { openMirror } from './endless-mirror.fixture.ts';

const program = fileURLToPath(new URL('./endless-mirror.fixture.ts', import.meta.url));
/** How often the mirror is killed; raise it for a long run. */
const rounds = Math.ceil(Number(process.env.PKGAUTH_KILL_ROUNDS ?? 20) / 4);

const wheels = Array.from({ length: 40 }, (_, at) =>
  makeWheel({
    name: `sample-${at % 8}`,
    version: `${at}.0`,
    padding: Buffer.alloc(50_000 + at * 9000, `${at}/`),
  }),
);

/** In every other round while nothing was fetched yet, in the others after something was. */
async function killMirror(index: FaultyIndex, directory: string, round: number): Promise<string[]> {
  const child = await startProcess(process.execPath, [
    '--conditions=@pkgauth/source',
    program,
    index.url,
    directory,
  ]);
  const asked = index.requests.length;
  await expect.poll(() => index.requests.length, { timeout: 20_000, interval: 2 }).toBeGreaterThan(asked);
  if (round % 2 === 1) await child.waitFor(/\n/);
  await sleep(Math.random() * 150);
  child.signal('SIGKILL');
  const { stdout, stderr } = await child.ended;
  expect(stderr).toBe('');
  return stdout.split('\n').slice(0, -1);
}

async function expectEveryBlobRight(directory: string): Promise<void> {
  for (const entry of await readdir(join(directory, 'blobs'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(entry.name);
  }
}

describe('PS01 a mirror that is killed while it fetches', () => {
  it(`PS01 keeps what it had, serves nothing torn and needs no repair, ${rounds} times`, {
    timeout: 30_000 + rounds * 10_000,
  }, async () => {
    using directory = temporaryDirectory();
    await using index = await startFaultyIndex(wheels);
    let acknowledged = 0;
    for (let round = 0; round < rounds; round += 1) {
      const had = new Set(await killMirror(index, directory.path, round));
      const { mirror, close } = await openMirror(index.url, directory.path);
      acknowledged += had.size;
      await expectEveryBlobRight(directory.path);
      index.fault = () => ({ kind: 'status', status: 503 });
      for (const { filename, sha256 } of wheels) {
        if (!had.has(filename)) continue;
        const project = filename.slice(0, filename.indexOf('-')).replace('_', '-');
        const page = await mirror.project(project, 'accept');
        const file = page?.page.files.find((one) => one.filename === filename);
        const content = file && (await mirror.file({ project, file }, undefined));
        expect(content).toMatchObject({ kind: 'blob', blob: { sha256 } });
      }
      index.fault = undefined;
      await close();
    }
    expect(acknowledged).toBeGreaterThan(0);
  });
});

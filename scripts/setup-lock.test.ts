import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, startProcess, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';

const lock = join(import.meta.dirname, 'setup-lock.mjs');

// The script finds its checkout by its own place, so a copy has a checkout of its own.
function holding(root: string, work: string): string[] {
  const program = `import { withSetupLock } from ${JSON.stringify(join(root, 'scripts/setup-lock.mjs'))};
    withSetupLock(() => { ${work} });`;
  return ['--input-type=module', '--eval', program];
}

function checkout(path: string): string {
  mkdirSync(join(path, 'scripts'));
  mkdirSync(join(path, '.cache'));
  for (const name of ['setup-lock.mjs', 'workspace.mjs']) {
    writeFileSync(join(path, 'scripts', name), readFileSync(join(lock, '..', name)));
  }
  return path;
}

describe('withSetupLock', () => {
  it('lets the second wait until the first is done', async () => {
    using folder = temporaryDirectory();
    const root = checkout(folder.path);
    const wait = 'console.log("first"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);';
    await using first = await startProcess(process.execPath, holding(root, `${wait} console.log("done");`));
    await first.waitFor(/first/);
    const second = await run(process.execPath, holding(root, 'console.log("second");'));
    expect(second.stdout).toBe('setup: waiting for another set-up of this checkout\nsecond\n');
    expect(first.stdout).toContain('done');
  });

  it.each([
    ['a process that is gone', () => '999999999'],
    ['another process that got the same number later', () => `${process.pid} 1`],
  ])('breaks the lock of %s', async (_, owner) => {
    using folder = temporaryDirectory();
    const root = checkout(folder.path);
    writeFileSync(join(root, '.cache/setup.lock'), owner());
    const result = await run(process.execPath, holding(root, 'console.log("mine");'), { timeout: 10_000 });
    expect(result.stdout).toContain('mine');
  });

  it('is free again after a failure', async () => {
    using folder = temporaryDirectory();
    const root = checkout(folder.path);
    const failed = await run(process.execPath, holding(root, 'throw new Error("no space");'));
    expect(failed.code).not.toBe(0);
    expect(await run(process.execPath, holding(root, 'console.log("mine");'))).toMatchObject({
      stdout: 'mine\n',
    });
  });
});

import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import {
  describeWith,
  type ProcessResult,
  partPath,
  type RunningProcess,
  run,
  startProcess,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { createContext } from './node-context.ts';

const program = new URL('../../../testkit/src/programs/hold-lock.ts', import.meta.url).pathname;
const command = [process.execPath, '--conditions=@pkgauth/source', program] as const;
/** What flock(2) answers on NFS and on file systems without locks. */
const withoutFlock = (error: string): string[] => [
  partPath('strace'),
  ...['-f', '-o', '/dev/null', '-e', 'trace=flock', '-e', `inject=flock:error=${error}`],
];

const holding = (path: string, prefix: readonly string[] = []): Promise<RunningProcess> => {
  const [first = '', ...rest] = [...prefix, ...command, path, '20000'];
  return startProcess(first, rest);
};
const taking = (path: string, limit: number, prefix: readonly string[] = []): Promise<ProcessResult> => {
  const [first = '', ...rest] = [...prefix, ...command, path, String(limit), '0'];
  return run(first, rest);
};

describe('withLock', () => {
  it('CS09 waits for a live holder, says so, and gives up at the limit', async () => {
    using place = temporaryDirectory();
    const path = join(place.path, 'deep', 'lock');
    await using holder = await holding(path);
    await holder.waitFor(/locked/);
    const { code, stdout, stderr } = await taking(path, 1500);
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toBe(
      `pkgauth: waiting for another program that holds the lock ${path}\n` +
        `error: lock-timeout: gave up after 2 s: another program holds the lock ${path}\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('CS09 takes the lock of a killed process', async () => {
    using place = temporaryDirectory();
    const path = join(place.path, 'lock');
    const holder = await holding(path);
    await holder.waitFor(/locked/);
    await holder.kill();
    expect(await taking(path, 1000)).toMatchObject({ code: 0, stdout: 'locked\nreleased\n', stderr: '' });
  });

  it('CS09 respects, and is respected by, flock(1)', async () => {
    using place = temporaryDirectory();
    const path = join(place.path, 'lock');
    writeFileSync(path, '');
    await using other = await startProcess('flock', ['-x', path, '-c', 'echo taken; sleep 60']);
    await other.waitFor(/taken/);
    expect((await taking(path, 300)).code).toBe(6);
    await other.kill();
    await using ours = await holding(path);
    await ours.waitFor(/locked/);
    expect((await run('flock', ['-n', '-x', path, 'true'])).code).toBe(1);
  });

  it('keeps others out when holders remove the lock file, as uv does at a logout', async () => {
    using place = temporaryDirectory();
    const { files, sleep } = createContext();
    const path = join(place.path, 'lock');
    let [inside, most, visits] = [0, 0, 0];
    const visit = async (): Promise<void> => {
      inside += 1;
      visits += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
      rmSync(path);
    };
    await Promise.all(Array.from({ length: 12 }, () => files.withLock(path, 20_000, visit)));
    expect([visits, most]).toEqual([12, 1]);
  });

  it('refuses a symbolic link in place of the lock file', async () => {
    using place = temporaryDirectory();
    const [path, target] = [join(place.path, 'lock'), join(place.path, 'target')];
    symlinkSync(target, path);
    await expect(createContext().files.withLock(path, 100, async () => 1)).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect(existsSync(target)).toBe(false);
  });

  it('releases the lock when the work throws', async () => {
    using place = temporaryDirectory();
    const { files } = createContext();
    const path = join(place.path, 'lock');
    const broken = files.withLock(path, 100, () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(await files.withLock(path, 100, async () => 'free')).toBe('free');
  });
});

describeWith(['strace'], 'withLock where flock(2) does not work', () => {
  it.each(['ENOLCK', 'EOPNOTSUPP', 'ENOSYS'])(
    'CS10 %s: a lock file stands in, with one warning',
    async (error) => {
      using place = temporaryDirectory();
      const path = join(place.path, 'lock');
      await using holder = await holding(path, withoutFlock(error));
      await holder.waitFor(/locked/);
      expect(holder.stderr).toBe(
        `pkgauth: file locks do not work for ${path}: using the lock file ${path}.pid instead\n`,
      );
      const [pid, host, start] = readFileSync(`${path}.pid`, 'utf8').split('\n');
      expect([host, start]).toEqual([hostname(), expect.stringMatching(/^\d+$/)]);
      expect(Number(pid)).toBeGreaterThan(1);
      expect((await taking(path, 500, withoutFlock(error))).stderr).toContain('error: lock-timeout');
    },
  );

  it('CS10 takes over from a dead process and from one whose id was given away, not from another host', async () => {
    using place = temporaryDirectory();
    const path = join(place.path, 'lock');
    const dead = await run(process.execPath, ['-p', 'process.pid']);
    for (const content of [
      `${dead.stdout.trim()}\n${hostname()}\n1\n`,
      `${process.pid}\n${hostname()}\n1\n`,
    ]) {
      writeFileSync(`${path}.pid`, content);
      expect(await taking(path, 5000, withoutFlock('ENOLCK'))).toMatchObject({ code: 0 });
      expect(existsSync(`${path}.pid`)).toBe(false);
    }
    writeFileSync(`${path}.pid`, `1\nanother-host\n1\n`);
    expect((await taking(path, 300, withoutFlock('ENOLCK'))).code).toBe(6);
  });

  it('CS10 lets one of many take over from a dead process', async () => {
    using place = temporaryDirectory();
    const path = join(place.path, 'lock');
    writeFileSync(`${path}.pid`, `999999999\n${hostname()}\n1\n`);
    const results = await Promise.all(
      Array.from({ length: 4 }, () => taking(path, 20_000, withoutFlock('ENOLCK'))),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(existsSync(`${path}.pid`)).toBe(false);
    expect(existsSync(`${path}.pid.break`)).toBe(false);
  }, 30_000);
});

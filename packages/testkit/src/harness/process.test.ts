import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { run, startProcess } from './process.ts';

const node = process.execPath;

describe('run', () => {
  it('gives exit code, stdout and stderr apart', async () => {
    const result = await run(node, ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3']);
    expect(result).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes input, environment and directory, and nothing through a shell', async () => {
    const script =
      'process.stdin.pipe(process.stdout); console.log(process.env.A, process.cwd(), process.argv[1])';
    const result = await run(node, ['-e', script, '$A `id`'], { env: { A: '1' }, cwd: '/', input: 'häagen' });
    expect(result.stdout).toBe('1 / $A `id`\nhäagen');
  });

  it('leaves stdin empty when there is no input', async () => {
    expect(await run('cat', [])).toMatchObject({ code: 0, stdout: '' });
  });

  it('survives a program that does not read its input', async () => {
    expect(await run('true', [], { input: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  it('tells a signal from an exit', async () => {
    expect(await run('sh', ['-c', 'kill -TERM $$'])).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('kills the whole group of a program that exceeds its time, and shows what it had written', async () => {
    const late = run('sh', ['-c', 'sleep 1000 & echo $!; wait'], { timeout: 300 });
    const error = await late.then(String, (reason: unknown) => String(reason));
    expect(error).toContain('did not end within 300 ms');
    expect(isAlive(Number(/stdout: (\d+)/.exec(error)?.[1]))).toBe(false);
  });

  it('does not wait for what a program left in the background, and ends it', async () => {
    const result = await run('sh', ['-c', 'sleep 1000 & echo $!'], { timeout: 20_000 });
    expect(result.code).toBe(0);
    expect(isAlive(Number(result.stdout))).toBe(false);
  });

  it('rejects when the program does not exist', async () => {
    await expect(run('/nowhere/program', [])).rejects.toThrow('ENOENT');
  });
});

describe('startProcess', () => {
  it('waits for output in either stream, and kills at the end of the block', async () => {
    let pid: number;
    {
      await using server = await startProcess('sh', ['-c', 'echo "port=12" >&2; sleep 1000']);
      expect((await server.waitFor(/port=(\d+)/))[1]).toBe('12');
      pid = server.pid;
      expect(isAlive(pid)).toBe(true);
    }
    expect(isAlive(pid)).toBe(false);
  });

  it('says what a program printed instead of what was awaited', async () => {
    await using failing = await startProcess('sh', ['-c', 'echo no such luck']);
    await expect(failing.waitFor(/ready/)).rejects.toThrow(/ended without printing .*\n.*no such luck/);
    await using silent = await startProcess('sleep', ['1000']);
    await expect(silent.waitFor(/ready/, 100)).rejects.toThrow('did not within 100 ms print /ready/');
  });

  it('passes a signal on', async () => {
    await using child = await startProcess('sh', [
      '-c',
      'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done',
    ]);
    await child.waitFor(/up/);
    child.signal('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 7, stdout: 'up\nbye\n' });
  });
});

// A zombie whose parent does not collect it is dead all the same.
function isAlive(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.startsWith('Z');
}

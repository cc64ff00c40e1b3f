import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { findProgram, nodeProcesses } from './processes.ts';

const env = { PATH: process.env.PATH ?? '' };
const processes = nodeProcesses(env, 'linux');

const program = (directory: string, name: string, script: string): string => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('run', () => {
  it('runs without a shell, with input, and answers exit code and output', async () => {
    const script =
      'process.stdin.pipe(process.stdout); process.stderr.write(process.argv[1]); process.exitCode = 3';
    const result = await processes.run(process.execPath, ['-e', script, '$HOME; `id`'], { input: 'text' });
    expect(result).toEqual({ code: 3, stdout: 'text', stderr: '$HOME; `id`', timedOut: false });
  });

  it('kills what takes too long', async () => {
    const result = await processes.run('sleep', ['60'], { timeout: 100 });
    expect(result).toMatchObject({ code: null, timedOut: true });
  });

  it('says when there is no such program', async () => {
    await expect(processes.run('no-such-program-here', [])).rejects.toMatchObject({ code: 'failed' });
  });

  it('survives a program that closes its input', async () => {
    const result = await processes.run('true', [], { input: 'x'.repeat(1_000_000) });
    expect(result.code).toBe(0);
  });
});

describe('findProgram', () => {
  it('HP07 never looks into the working directory', () => {
    using place = temporaryDirectory();
    program(place.path, 'tool', 'true');
    const before = process.cwd();
    process.chdir(place.path);
    try {
      for (const PATH of ['.', '', ':/nowhere', 'bin:.'])
        expect(findProgram('tool', { PATH }, 'linux')).toBeUndefined();
      expect(findProgram('tool', { PATH: `.:${place.path}` }, 'linux')).toBe(join(place.path, 'tool'));
    } finally {
      process.chdir(before);
    }
  });
});

describe('openBrowser', () => {
  const opening = async (
    url: string,
    scripts: Record<string, string>,
    browser = '',
  ): Promise<[boolean, string]> => {
    using place = temporaryDirectory();
    const log = join(place.path, 'log');
    writeFileSync(log, '');
    for (const [name, script] of Object.entries(scripts)) {
      program(join(place.path, 'bin'), name, `printf '%s\\n' "${name}" "$@" >> ${log}\n${script}`);
    }
    const { openBrowser } = nodeProcesses({ PATH: join(place.path, 'bin'), BROWSER: browser }, 'linux');
    const opened = await openBrowser(url);
    return [opened, readFileSync(log, 'utf8')];
  };

  it('tries one opener after the other', async () => {
    const scripts = { 'xdg-open': 'exit 3', gio: 'exit 0' };
    const [opened, log] = await opening('https://h.example/?a=1&b=2', scripts);
    expect(opened).toBe(true);
    expect(log).toBe('xdg-open\nhttps://h.example/?a=1&b=2\ngio\nopen\nhttps://h.example/?a=1&b=2\n');
  });

  it('prefers BROWSER', async () => {
    const scripts = { 'xdg-open': '', mine: '' };
    expect(await opening('https://h.example/', scripts, 'mine --new %s')).toEqual([
      true,
      'mine\n--new\nhttps://h.example/\n',
    ]);
  });

  it('is false when nothing works', async () => {
    expect(await opening('https://h.example/', { 'xdg-open': 'exit 1' })).toEqual([
      false,
      'xdg-open\nhttps://h.example/\n',
    ]);
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', '-flag', '\\\\host\\share', 'ms-settings:x', ''])(
    'LF09 refuses %j',
    async (url) => expect(await opening(url, { 'xdg-open': '' })).toEqual([false, '']),
  );
});

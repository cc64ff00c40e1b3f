import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { isOurKeyring, keyringProgram } from './keyring-program.ts';

describe('the keyring program', () => {
  it.each([
    'plain',
    'with space',
    "with'quote",
    'with"double',
    'with$(touch x)`y`',
    'mit Ümläut',
    '-dash',
    'new\\line',
  ])('HP10 starts pkgauth from a directory called %j and hands every argument over', async (name) => {
    using place = temporaryDirectory();
    const directory = join(place.path, name);
    mkdirSync(directory);
    const script = join(directory, 'cli main.cjs');
    writeFileSync(script, 'console.log(JSON.stringify(process.argv.slice(2)))');
    const { path, content } = keyringProgram('linux', directory, {
      runtime: process.execPath,
      runtimeOptions: [],
      script,
    });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
    const argv = ['get', 'https://h.example.com/a b', "it's", '"q"', '$HOME', '--', '-x', ''];
    const { stdout, stderr, code } = await run(path, argv, { cwd: place.path, env: {} });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(['helper', 'keyring', ...argv]);
    expect(isOurKeyring(content)).toBe(true);
  });

  it('is a batch file on Windows', () => {
    const launcher = {
      runtime: 'C:\\Program Files\\node.exe',
      runtimeOptions: [],
      script: 'C:\\Users\\a b\\cli.cjs',
    };
    const { path, content } = keyringProgram('win32', 'C:/bin', launcher);
    expect(path).toMatch(/keyring\.cmd$/);
    expect(content).toBe(
      '@echo off\r\n"C:\\Program Files\\node.exe" "C:\\Users\\a b\\cli.cjs" helper keyring %*\r\n',
    );
    expect(() => keyringProgram('win32', 'C:/bin', { ...launcher, script: 'C:\\100%\\cli.cjs' })).toThrow(
      /batch file/,
    );
  });

  it('knows other programs from ours', () => {
    for (const content of ['', '#!/usr/bin/python3\nfrom keyring.cli import main\n', '\u007fELF'])
      expect(isOurKeyring(content)).toBe(false);
  });
});

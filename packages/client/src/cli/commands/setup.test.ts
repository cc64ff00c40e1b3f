import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { type CliOptions, cli } from '../cli.fixture.ts';

const url = 'https://pkg.example.com/simple/acme/main/';

const scene = () => {
  const home = temporaryDirectory();
  const env = { PATH: join(home.path, 'bin') };
  return {
    home: home.path,
    [Symbol.dispose]: () => home[Symbol.dispose](),
    run: (argv: string[], options: CliOptions = {}) =>
      cli(['setup', ...argv], { home: home.path, ...options, env: { ...env, ...options.env } }),
  };
};

describe.each([
  ['pip', '.config/pip/pip.conf', '+index-url = https://__token__@pkg.example.com/simple/acme/main/'],
  ['uv', '.config/uv/uv.toml', '+url = "https://pkg.example.com/simple/acme/main/"'],
] as const)('setup %s', (tool, file, line) => {
  it('shows the difference, and writes with --yes', async () => {
    using place = scene();
    const path = join(place.home, file);
    const result = await place.run([tool, '--index', url, '--yes']);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toContain(`--- nothing yet\n+++ ${path}\n@@ -0,0 +1,`);
    expect(result.stderr).toContain(line);
    expect(result.stderr).toContain(`Wrote ${path}\n`);
    expect(readFileSync(path, 'utf8')).toContain(line.slice(1));
  });

  it('writes nothing for a dry run, nor when nobody can be asked', async () => {
    using place = scene();
    expect(await place.run([tool, '--index', url, '--dry-run'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(line),
    });
    expect(await place.run([tool, '--index', url])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --yes'),
    });
    expect(existsSync(join(place.home, file))).toBe(false);
  });

  it.each([
    ['y', true],
    ['', false],
    ['no', false],
  ])('asks on a terminal: %j', async (answer, written) => {
    using place = scene();
    expect((await place.run([tool, '--index', url], { interactive: true, answers: [answer] })).code).toBe(0);
    expect(existsSync(join(place.home, file))).toBe(written);
  });

  it('keeps the rest of the file, its mode and the link to it, and has nothing to do the second time', async () => {
    using place = scene();
    const path = join(place.home, file);
    const target = join(place.home, 'dotfiles');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(target, '# a comment of mine\n');
    chmodSync(target, 0o640);
    symlinkSync(target, path);
    await place.run([tool, '--index', url, '--yes']);
    expect(readFileSync(target, 'utf8')).toContain('# a comment of mine\n');
    expect(statSync(target).mode & 0o777).toBe(0o640);
    const second = await place.run([tool, '--index', url, '--yes', '--json']);
    expect(JSON.parse(second.stdout)).toEqual({ schema: 1, path, changed: false, written: false });
    expect(second.stderr).toContain('is as it should be already');
  });

  it('N10 takes no index that holds a secret, and does not repeat it', async () => {
    using place = scene();
    const { code, stdout, stderr } = await place.run([
      tool,
      '--index',
      'https://ada:canary-secret@pkg.example.com/simple/',
      '--yes',
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('canary-secret');
    expect(existsSync(join(place.home, file))).toBe(false);
  });

  it.each([
    [['--yes']],
    [['--index', 'pkg.example.com', '--yes']],
    [['--index', 'ftp://pkg.example.com/', '--yes']],
  ])('refuses %j', async (argv) => {
    using place = scene();
    expect((await place.run([tool, ...argv])).code).toBe(2);
  });

  it('leaves a file that the tool could not read as it is, and says where', async () => {
    using place = scene();
    const path = join(place.home, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '[broken\n');
    const { code, stderr } = await place.run([tool, '--index', url, '--yes']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(new RegExp(`${path}:1`));
    expect(readFileSync(path, 'utf8')).toBe('[broken\n');
  });

  it('says what is missing: a login, and the keyring program', async () => {
    using place = scene();
    const { stderr } = await place.run([tool, '--index', url, '--yes']);
    expect(stderr).toContain('Log in with: pkgauth login pkg.example.com');
    expect(stderr).toContain('pkgauth setup keyring --dir DIR');
    await place.run(['keyring', '--dir', join(place.home, 'bin')]);
    expect((await place.run([tool, '--index', url, '--yes'])).stderr).not.toContain('setup keyring');
  });
});

describe('setup keyring', () => {
  it('puts an executable into the directory and says how to find it', async () => {
    using place = scene();
    const directory = join(place.home, 'my tools');
    const result = await place.run(['keyring', '--dir', directory, '--json']);
    const path = join(directory, 'keyring');
    expect(JSON.parse(result.stdout)).toEqual({ schema: 1, path, on_path: false });
    expect(result.stderr).toBe(`Wrote ${path}\nPut it first on PATH:  export PATH="${directory}:$PATH"\n`);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readFileSync(path, 'utf8')).toContain(
      `exec '/opt/node/bin/node' '/opt/pkgauth/cli.js' helper keyring "$@"`,
    );
  });

  it('has nothing to say where it is on PATH', async () => {
    using place = scene();
    const { stderr } = await place.run(['keyring', '--dir', join(place.home, 'bin')]);
    expect(stderr).toBe(`Wrote ${join(place.home, 'bin', 'keyring')}\n`);
  });

  it('replaces its own program, another one only with --force', async () => {
    using place = scene();
    const path = join(place.home, 'bin', 'keyring');
    expect((await place.run(['keyring', '--dir', join(place.home, 'bin')])).code).toBe(0);
    expect((await place.run(['keyring', '--dir', join(place.home, 'bin')])).code).toBe(0);
    writeFileSync(path, '#!/usr/bin/python3\n');
    expect(await place.run(['keyring', '--dir', join(place.home, 'bin')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is another program'),
    });
    expect(readFileSync(path, 'utf8')).toBe('#!/usr/bin/python3\n');
    expect((await place.run(['keyring', '--dir', join(place.home, 'bin'), '--force'])).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toContain('helper keyring');
  });

  it('needs a directory', async () => {
    using place = scene();
    expect(await place.run(['keyring'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--dir is missing'),
    });
  });
});

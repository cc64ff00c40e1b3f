import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { version } from '../../version.ts';
import { cli } from '../cli.fixture.ts';
import { commands } from './index.ts';

describe('the command line', () => {
  it('says its version', async () => {
    expect(version).toBe(packageJson.version);
    expect(await cli(['--version'])).toMatchObject({ code: 0, stdout: `pkgauth ${version}\n`, stderr: '' });
  });

  it('bare: the overview on stderr, exit code 2', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect([code, stdout]).toEqual([2, '']);
    for (const { name, summary } of commands) expect(stderr).toMatch(new RegExp(`${name} +${summary}`));
  });

  it.each([['--help'], ['-h']])('%s: the overview on stdout', async (option) => {
    expect(await cli([option])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: pkgauth COMMAND'),
      stderr: '',
    });
  });

  it.each(commands.map(({ name }) => name))('%s --help teaches with examples', async (name) => {
    const { code, stdout, stderr } = await cli([...name.split(' '), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: pkgauth ${name}`);
    expect(stdout).toMatch(/\nExamples:\n {2}# .+\n {2}.*pkgauth|\nExamples:\n {2}# .+\n {2}bazel/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
  });

  it('a group of commands without one lists them', async () => {
    expect(await cli(['api-key'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('api-key revoke'),
    });
    expect(await cli(['api-key', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('api-key create'),
    });
  });

  it.each([
    [['lgoin', 'h'], 'pkgauth login'],
    [['api-key', 'creat'], 'pkgauth api-key create'],
    [['setup', 'keyrng'], 'pkgauth setup keyring'],
  ])('%j: did you mean', async (argv, meant) => {
    expect(await cli(argv)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`pkgauth: hint: did you mean: ${meant}`),
    });
  });

  it.each([
    [
      ['frobnicate'],
      'pkgauth: error: there is no command frobnicate\npkgauth: hint: pkgauth --help lists the commands\n',
    ],
    [['list', '--nope'], 'pkgauth: error: there is no option --nope\npkgauth: hint: pkgauth list --help\n'],
    [['--nope', 'list'], 'pkgauth: error: there is no option --nope\npkgauth: hint: pkgauth --help\n'],
    [['login'], 'pkgauth: error: HOST is missing\npkgauth: hint: pkgauth login --help\n'],
    [['logout'], 'pkgauth: error: name one HOST, or give --all\npkgauth: hint: pkgauth logout --help\n'],
    [
      ['whoami', 'a', 'b'],
      'pkgauth: error: too many arguments: 1 more than expected\npkgauth: hint: pkgauth whoami --help\n',
    ],
    [
      ['api-key', 'create', '--validity', '8'],
      'pkgauth: error: --validity takes one of 7, 14, 30, 90, 365\npkgauth: hint: pkgauth api-key create --help\n',
    ],
  ])('usage: %j', async (argv, stderr) => {
    expect(await cli(argv)).toMatchObject({ code: 2, stdout: '', stderr });
  });

  it('LF10 what was typed comes back escaped', async () => {
    const { stderr } = await cli(['\u001b]52;c;aGk=\u0007']);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).toContain('\\x1b]52');
  });

  it('global options stand before or after the command', async () => {
    const answer = {
      code: 0,
      stdout: `${JSON.stringify({ schema: 1, entries: [], failures: [] }, undefined, 2)}\n`,
    };
    expect(await cli(['--json', 'list'])).toMatchObject(answer);
    expect(await cli(['list', '--json'])).toMatchObject(answer);
    expect((await cli(['-q', 'list'])).stderr).toBe('');
  });
});

import { formatToken } from '@pkgauth/protocol';
import { scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../../errors.ts';
import { type CliOptions, cli } from '../cli.fixture.ts';

const origin = 'https://pkg.example.com';
const index = `${origin}/simple/acme/main/`;

const loggedIn = async () => {
  const service = scriptedService(origin);
  const { context: world } = await cli(['login', 'pkg.example.com', '--device'], {
    respond: service.respond,
  });
  const token = (await cli(['token'], { world })).stdout.trimEnd();
  service.requests.length = 0;
  world.stderr.length = 0;
  return {
    service,
    world,
    token,
    ask: (...argv: string[]) => cli(['helper', 'keyring', ...argv], { world }),
  };
};

describe('helper keyring', () => {
  it.each([
    [['get', index, '__token__'], 'plain'],
    [['get', index.slice(0, -1), '__token__'], 'plain'],
    [['get', 'pkg.example.com', '__token__'], 'plain'],
    [['get', 'pkg.example.com:443', '__token__'], 'plain'],
    [['get', 'https://pkg.example.com:443', '__token__'], 'plain'],
    [['get', index, '--mode', 'creds'], 'creds'],
    [['--mode=creds', 'get', 'pkg.example.com'], 'creds'],
    [['--mode=creds', '--output=json', 'get', index], 'json'],
    [['--mode=creds', '--output=json', 'get', index, '__token__'], 'json'],
    [['get', '--output', 'json', index, '--mode', 'creds'], 'json'],
  ])('%j', async (argv, form) => {
    const { ask, token, service } = await loggedIn();
    const expected = {
      plain: `${token}\n`,
      creds: `__token__\n${token}\n`,
      json: `{"username": "__token__", "password": "${token}"}\n`,
    };
    expect(await ask(...argv)).toMatchObject({ code: 0, stdout: expected[form as 'plain'], stderr: '' });
    expect(service.requests).toEqual([]);
  });

  it('is what answers when the program is called keyring', async () => {
    const { world, token } = await loggedIn();
    expect(await cli(['get', index, '__token__'], { world, invokedAs: 'keyring' })).toMatchObject({
      code: 0,
      stdout: `${token}\n`,
    });
    expect(await cli(['--help'], { world, invokedAs: 'keyring' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('usage: keyring'),
    });
  });

  it.each([
    ['another host', ['get', 'https://evil.example/', '__token__']],
    ['a host that ends alike', ['get', 'https://evilpkg.example.com/', '--mode', 'creds']],
    ['plain http', ['get', 'http://pkg.example.com/', '--mode', 'creds']],
    ['another port', ['get', 'pkg.example.com:8443', '__token__']],
    [
      'user information that hides the host',
      ['get', 'https://pkg.example.com@evil.example/', '--mode', 'creds'],
    ],
    ['HP02 no host', ['get', 'https:///simple/', '--mode', 'creds']],
    ['HP02 an empty service', ['get', '', '__token__']],
    ['HP02 a relative one', ['get', '/simple/', '__token__']],
    ['HP10 an option as data', ['get', '--', '--mode', '__token__']],
  ])('HP04 %s: nothing at all, exit code 1', async (_name, argv) => {
    const { ask } = await loggedIn();
    expect(await ask(...argv)).toMatchObject({ code: 1, stdout: '', stderr: '' });
  });

  it('another user than __token__ gets nothing', async () => {
    const { ask } = await loggedIn();
    expect(await ask('get', index, 'bob')).toMatchObject({ code: 1, stdout: '' });
  });

  it('HP05 wrong arguments: usage on stderr, exit code 2', async () => {
    const { ask } = await loggedIn();
    expect(await ask('get', index)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('get requires service and username'),
    });
    expect(await ask('--new', 'get', index, 'u')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('unrecognized arguments: --new'),
    });
  });

  it('refreshes a token that is about to end', async () => {
    const { ask, world, token, service } = await loggedIn();
    world.advance(56 * 60_000);
    const { code, stdout } = await ask('get', index, '__token__');
    expect(code).toBe(0);
    expect(stdout.trimEnd()).not.toBe(token);
    expect(service.accessTokens.has(stdout.trimEnd())).toBe(true);
  });

  it('HP11 an ended login: exit code 1, the command that helps, once per caller and minute, and nothing asked', async () => {
    const { ask, world, service } = await loggedIn();
    world.advance(2 * 3_600_000);
    service.refreshTokens.clear();
    const first = await ask('get', index, '__token__');
    expect(first).toMatchObject({ code: 1, stdout: '' });
    expect(first.stderr).toMatch(/^pkgauth: error: .+\npkgauth: hint: pkgauth login .+\n$/);
    expect(await ask('get', 'pkg.example.com', '__token__')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: '',
    });
    world.advance(61_000);
    expect((await ask('get', index, '__token__')).stderr).toContain(
      'pkgauth: hint: pkgauth login pkg.example.com\n',
    );
    expect(world.openedUrls).toEqual([]);
  });

  it('HP11 a server that hangs: gives up within ten seconds', async () => {
    const { world } = await loggedIn();
    world.advance(2 * 3_600_000);
    const before = world.now();
    const adapt: CliOptions['adapt'] = () => ({ http: { send: () => new Promise<never>(() => undefined) } });
    const { code, stdout, stderr } = await cli(['helper', 'keyring', 'get', index, '__token__'], {
      world,
      adapt,
      impatient: true,
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('within 8 seconds');
    expect(world.now() - before).toBeLessThan(10_000);
  });

  it('HP01 a password that would break its line is refused whole', async () => {
    const { world } = await loggedIn();
    world.fileContents.set(
      '/home/user/.local/share/uv/credentials/credentials.toml',
      '[[credential]]\nservice = "https://other.example.com/"\nusername = "u"\nscheme = "basic"\npassword = "a\\nb"\n',
    );
    expect(
      await cli(['helper', 'keyring', 'get', 'https://other.example.com/', 'u'], { world }),
    ).toMatchObject({ code: 1, stdout: '' });
  });

  it('HP07 reads nothing from the working directory', async () => {
    const files = { '/checkout/.env': 'PKGAUTH_TOKEN=evil', '/checkout/credentials.toml': 'evil' };
    const read: string[] = [];
    const { code } = await cli(['helper', 'keyring', 'get', index, '--mode', 'creds'], {
      files,
      home: null,
      adapt: (fake) => ({
        cwd: '/checkout',
        files: {
          ...fake.files,
          read: async (path) => {
            read.push(path);
            return fake.files.read(path);
          },
        },
      }),
    });
    expect(code).toBe(1);
    expect(read.filter((path) => path.startsWith('/checkout'))).toEqual([]);
  });

  it('set stores what pip offers to save, get gives it back, del removes it', async () => {
    const { world } = await loggedIn();
    const call = (argv: string[], stdin?: string) =>
      cli(['helper', 'keyring', ...argv], {
        world,
        ...(stdin === undefined
          ? {}
          : { adapt: (fake) => ({ terminal: { ...fake.terminal, readStdin: async () => stdin } }) }),
      });
    expect(await call(['set', 'index.example.org', 'ada'], 'p w\n')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect((await call(['get', 'https://index.example.org/simple/', 'ada'])).stdout).toBe('p w\n');
    expect((await call(['get', 'https://index.example.org/simple/', 'bob'])).code).toBe(1);
    expect((await call(['del', 'index.example.org', 'ada'])).code).toBe(0);
    expect(await call(['del', 'index.example.org', 'ada'])).toMatchObject({ code: 1, stdout: '' });
    expect((await call(['get', 'https://index.example.org/simple/', 'ada'])).code).toBe(1);
  });

  it('an API key given as the password of __token__ is kept as an API key', async () => {
    const service = scriptedService(origin);
    const key = formatToken('api-key', new Uint8Array(32).fill(9));
    service.apiKeys.set('k1', key);
    const { context: world } = await cli(['helper', 'keyring', 'set', 'pkg.example.com', '__token__'], {
      stdin: `${key}\n`,
      respond: service.respond,
    });
    const { code, stdout } = await cli(['helper', 'keyring', 'get', index, '__token__'], { world });
    expect(code).toBe(0);
    expect(service.accessTokens.has(stdout.trimEnd())).toBe(true);
  });

  it('set never asks', async () => {
    expect(
      await cli(['helper', 'keyring', 'set', 'h.example.com', 'u'], { interactive: true }),
    ).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('from a pipe') });
    expect(await cli(['helper', 'keyring', 'set', 'h.example.com', 'u'])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('diagnose and --list-backends answer', async () => {
    expect(await cli(['helper', 'keyring', 'diagnose'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^config path: .+\ndata root: .+\n$/),
    });
    expect(await cli(['helper', 'keyring', '--list-backends'])).toMatchObject({
      code: 0,
      stdout: 'pkgauth.Keyring (priority: 10)\n',
    });
  });
});

describe('helper bazel', () => {
  const get = (uri: string, options: CliOptions) =>
    cli(['helper', 'bazel', 'get'], { stdin: JSON.stringify({ uri }), ...options });
  const bazel = (world: CliOptions['world'], stdin: string, ...argv: string[]) =>
    cli(['helper', 'bazel', ...argv], {
      ...(world === undefined ? {} : { world }),
      adapt: (fake) => ({ terminal: { ...fake.terminal, readStdin: async () => stdin } }),
    });

  it('HP09 answers the header, with an end a minute before the real one', async () => {
    const { world, token } = await loggedIn();
    const expires_at = (
      JSON.parse((await cli(['token', '--json'], { world })).stdout) as { expires_at: string }
    ).expires_at;
    for (const uri of [`${origin}/x/y`, 'grpcs://pkg.example.com/remote']) {
      const { code, stdout, stderr } = await bazel(world, JSON.stringify({ uri, more: 1 }), 'get');
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toEqual({
        headers: { Authorization: [`Bearer ${token}`] },
        expires: new Date(Date.parse(expires_at) - 60_000).toISOString().replace('.000Z', 'Z'),
      });
    }
  });

  it('without a login it answers no headers', async () => {
    expect(await get('https://other.example.com/', {})).toMatchObject({
      code: 0,
      stdout: '{"headers":{}}\n',
      stderr: '',
    });
  });

  it.each([
    '',
    '{}',
    '[]',
    'nope',
    '{"uri":1}',
    '{"uri":""}',
    '{"uri":"/x"}',
    '{"uri":"https:///x"}',
    '{"uri":"file:///etc/passwd"}',
  ])('HP02 HP04 %j is refused: empty stdout, a message, not exit code 0', async (stdin) => {
    const { code, stdout, stderr } = await bazel(undefined, stdin, 'get');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^pkgauth: error: /);
  });

  it('HP03 a request larger than 64 KiB is refused', async () => {
    expect(
      await bazel(undefined, `{"uri":"https://h.example.com/${'a'.repeat(70_000)}"}`, 'get'),
    ).toMatchObject({ code: 1, stdout: '' });
  });

  it('HP03 a pipe that is never closed is given up', async () => {
    const adapt: CliOptions['adapt'] = (fake) => ({
      terminal: { ...fake.terminal, readStdin: () => new Promise<never>(() => undefined) },
    });
    expect(await cli(['helper', 'bazel', 'get'], { adapt, impatient: true })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no request came on stdin'),
    });
  });

  it.each([[[]], [['store']], [['get', 'more']]])('HP05 %j is refused', async (argv) => {
    expect(await bazel(undefined, '{"uri":"https://h.example.com/"}', ...argv)).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('a login that has ended is an error, so that the build says why', async () => {
    const { world, service } = await loggedIn();
    world.advance(2 * 3_600_000);
    service.refreshTokens.clear();
    const { code, stdout, stderr } = await bazel(world, JSON.stringify({ uri: `${origin}/x` }), 'get');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('pkgauth login');
  });

  it('a network error is one, too', async () => {
    const { world } = await loggedIn();
    world.advance(2 * 3_600_000);
    const adapt: CliOptions['adapt'] = (fake) => ({
      terminal: { ...fake.terminal, readStdin: async () => JSON.stringify({ uri: index }) },
      http: {
        send: async () => Promise.reject(new ClientError('network', 'pkg.example.com cannot be reached')),
      },
    });
    expect(await cli(['helper', 'bazel', 'get'], { world, adapt })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('cannot be reached'),
    });
  });
});

import type { FakeContextOptions } from '@pkgauth/testkit';
import { type ScriptedServiceOptions, scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../../errors.ts';
import { cli } from '../cli.fixture.ts';

const origin = 'https://pkg.example.com';
const key = `${origin}/`;
const locked = () => ({
  keyring: { ask: async () => ({ state: 'locked', detail: 'the prompt was dismissed' }) as const },
});

/** A person who has logged in. */
const loggedIn = async (options: ScriptedServiceOptions & { context?: FakeContextOptions } = {}) => {
  const service = scriptedService(origin, options);
  let online = true;
  const respond = (request: Parameters<typeof service.respond>[0]) => {
    if (!online) throw new ClientError('network', 'pkg.example.com cannot be reached');
    return service.respond(request);
  };
  const { context: world, code } = await cli(['login', 'pkg.example.com', '--device'], {
    respond,
    ...options.context,
  });
  expect(code).toBe(0);
  service.requests.length = 0;
  return {
    service,
    world,
    goOffline: () => {
      online = false;
    },
    run: (...argv: string[]) => cli(argv, { world }),
    json: async (...argv: string[]) =>
      JSON.parse((await cli([...argv, '--json'], { world })).stdout) as Record<string, unknown>,
  };
};

describe('token', () => {
  it('prints the access token and nothing else on stdout, without a request while it is fresh', async () => {
    const { run, service } = await loggedIn();
    const { code, stdout, stderr } = await run('token', 'pkg.example.com');
    expect([code, stderr]).toEqual([0, '']);
    expect(service.accessTokens.has(stdout.trimEnd())).toBe(true);
    expect(service.requests).toEqual([]);
  });

  it('without HOST means the only login', async () => {
    const { run } = await loggedIn();
    expect((await run('token')).stdout).toBe((await run('token', 'pkg.example.com')).stdout);
  });

  it('refreshes when less than five minutes are left, and with --force', async () => {
    const { run, world } = await loggedIn();
    const first = (await run('token')).stdout;
    world.advance(56 * 60_000);
    const second = (await run('token')).stdout;
    expect(second).not.toBe(first);
    world.advance(60_000);
    const third = (await run('token', '--force')).stdout;
    expect(third).not.toBe(second);
    expect((await run('token')).stdout).toBe(third);
  });

  it('--json says until when', async () => {
    const { json } = await loggedIn();
    expect(await json('token')).toEqual({
      schema: 1,
      service: key,
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_at: '2026-11-23T01:00:05Z',
      store: 'os-keyring',
    });
  });

  it('not logged in: exit code 4 and the command that helps', async () => {
    expect(await cli(['token', 'other.example.com'])).toMatchObject({
      code: 4,
      stdout: '',
      stderr:
        'pkgauth: error: not logged in to other.example.com\npkgauth: hint: pkgauth login other.example.com\n',
    });
    expect(await cli(['token'])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('not logged in anywhere'),
    });
  });

  it('a password is no token', async () => {
    const respond = ({ headers }: { headers?: Record<string, string> }) => ({
      status: headers?.Authorization ? 200 : 401,
    });
    const { context: world } = await cli(
      ['login', 'index.example.org', '--username', 'a', '--password-stdin', '--no-verify'],
      { stdin: 'pw', respond },
    );
    const { code, stdout, stderr } = await cli(['token', 'index.example.org'], { world });
    expect([code === 0, stdout]).toEqual([false, '']);
    expect(stderr).not.toContain('pw');
  });
});

describe('whoami', () => {
  it('shows account, organizations and credential', async () => {
    const { run, json } = await loggedIn();
    expect(await run('whoami')).toMatchObject({
      code: 0,
      stdout: 'ada@example.com at pkg.example.com (session)\n  acme: owner, Acme Inc.\n',
      stderr: '',
    });
    expect(await json('whoami')).toEqual({
      schema: 1,
      service: key,
      user: { email: 'ada@example.com', name: 'Ada' },
      service_account: null,
      organizations: [{ slug: 'acme', title: 'Acme Inc.', role: 'owner' }],
      credential: { kind: 'session', expires_at: null },
    });
  });

  it('LF23 a token refused although it is fresh is replaced once, and the call repeated once', async () => {
    const { run, service, world } = await loggedIn();
    world.advance(60_000);
    service.accessTokens.clear();
    expect((await run('whoami')).code).toBe(0);
    expect(service.requests.filter(({ url }) => url.endsWith('/whoami'))).toHaveLength(2);
  });

  it('LF23 a login that has ended on the server: exit code 4 or 5, no loop', async () => {
    const { run, service, world } = await loggedIn();
    world.advance(60_000);
    service.accessTokens.clear();
    service.refreshTokens.clear();
    const { code, stdout, stderr } = await run('whoami');
    expect([4, 5]).toContain(code);
    expect(stdout).toBe('');
    expect(stderr).toContain('pkgauth login');
    expect(service.requests.length).toBeLessThan(6);
  });

  it('LF19 a page instead of an answer is an error', async () => {
    const { run } = await loggedIn();
    const respond = () => ({ status: 200, body: '<html>sign in to the network</html>' });
    const { world } = await loggedIn();
    expect(
      (
        await cli(['whoami'], {
          world,
          adapt: () => ({ http: { send: async () => ({ reason: '', headers: {}, ...respond() }) } }),
        })
      ).code,
    ).toBe(7);
    expect((await run('whoami')).code).toBe(0);
  });
});

describe('api-key', () => {
  it('create prints the key once on stdout; list never does; revoke ends it', async () => {
    const { run, json, service } = await loggedIn();
    const created = await run(
      'api-key',
      'create',
      '--organization',
      'acme',
      '--validity',
      '30',
      '--name',
      'ci',
    );
    expect(created).toMatchObject({
      code: 0,
      stderr: 'API key k1, valid until 2027-01-01T00:00:00Z. It is shown this once:\n',
    });
    expect(created.stdout).toBe(`${service.apiKeys.get('k1')}\n`);
    expect(JSON.parse(service.requests.findLast(({ url }) => url.endsWith('/api-keys'))?.body ?? '')).toEqual(
      {
        organization: 'acme',
        validity_days: 30,
        name: 'ci',
      },
    );
    expect(await json('api-key', 'list')).toMatchObject({
      service: key,
      api_keys: [{ id: 'k1', organization: 'acme' }],
    });
    expect((await run('api-key', 'list')).stdout).toMatch(
      /^ID +ORGANIZATION +NAME +VALID UNTIL +LAST USED\nk1 +acme +ci +2027-01-01T00:00:00Z +never\n$/,
    );
    expect(await run('api-key', 'revoke', 'k1')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'API key k1 is revoked\n',
    });
    expect(service.apiKeys.size).toBe(0);
    expect((await run('api-key', 'revoke', 'k1')).code).toBe(3);
  });

  it('needs an organization', async () => {
    const { run } = await loggedIn();
    expect(await run('api-key', 'create')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--organization is missing'),
    });
  });

  it('a refusal is exit code 8', async () => {
    const door = () => ({ status: 403, body: '{"code":"forbidden","detail":"Only admins may do this"}' });
    const { run } = await loggedIn({ doors: { '/api/v1/api-keys': door } });
    expect(await run('api-key', 'create', '--organization', 'acme')).toMatchObject({
      code: 8,
      stdout: '',
      stderr: expect.stringContaining('pkg.example.com says: Only admins may do this'),
    });
  });
});

describe('status and list', () => {
  it('say where a login is and until when; exit code 0', async () => {
    const { run, json } = await loggedIn();
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^https:\/\/pkg\.example\.com\/: logged in\n {2}login that refreshes itself; access token valid until 2026-11-23T01:00:05Z/,
    );
    expect(await json('status', 'pkg.example.com')).toMatchObject({
      services: [
        {
          service: key,
          state: 'logged-in',
          entries: [{ kind: 'session', refreshes: true, store: 'os-keyring', active: true }],
        },
      ],
    });
    expect((await run('list')).stdout).toMatch(
      /^SERVICE +KIND +USER +STORE +STATE\nhttps:\/\/pkg\.example\.com\/ +login +os-keyring +active\n$/,
    );
  });

  it('exit code 4 when there is none, also for all', async () => {
    expect(await cli(['status', 'pkg.example.com'])).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('not logged in'),
    });
    expect(await cli(['status'])).toMatchObject({ code: 4, stdout: '' });
  });

  it('ask nobody', async () => {
    const { run, service } = await loggedIn();
    await run('status');
    await run('list');
    expect(service.requests).toEqual([]);
  });

  it('CS20 shadowed entries are shown as such', async () => {
    const { world } = await loggedIn();
    world.fileContents.set(
      '/home/user/.local/share/uv/credentials/credentials.toml',
      '[[credential]]\nservice = "https://pkg.example.com/"\nusername = "__token__"\nscheme = "basic"\npassword = "older"\n',
    );
    const { stdout } = await cli(['list', '--json'], { world });
    const { entries } = JSON.parse(stdout) as { entries: { store: string; active: boolean }[] };
    expect(entries.map(({ store, active }) => [store, active])).toEqual([
      ['os-keyring', true],
      ['uv-text', false],
    ]);
    expect(stdout).not.toContain('older');
    expect((await cli(['status'], { world })).stdout).toContain('shadowed: user name __token__ and password');
  });

  it('CS18 a locked keyring is not "not logged in"', async () => {
    const { code, stderr } = await cli(['status', 'pkg.example.com'], {
      world: (await loggedIn()).world,
      adapt: locked,
    });
    expect(code).toBe(6);
    expect(stderr).toContain('locked');
  });
});

describe('logout', () => {
  it('ends the session on the server, then removes it everywhere', async () => {
    const { run, service, world } = await loggedIn();
    const [refreshToken] = service.refreshTokens;
    expect(await run('logout', 'pkg.example.com')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Logged out of pkg.example.com\n',
    });
    expect(service.revoked).toEqual([refreshToken]);
    expect(JSON.stringify([...world.keyringEntries, ...world.fileContents])).not.toContain(refreshToken);
    expect((await run('status', 'pkg.example.com')).code).toBe(4);
    expect(await run('logout', 'pkg.example.com')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not logged in to pkg.example.com'),
    });
  });

  it('CS20 removes what other stores have for the service, too', async () => {
    const { json, world } = await loggedIn();
    const path = '/home/user/.local/share/uv/credentials/credentials.toml';
    const entry = (service: string) =>
      `[[credential]]\nservice = "${service}"\nusername = "__token__"\nscheme = "basic"\npassword = "pw"\n`;
    world.fileContents.set(path, entry(key) + entry('https://other.example.com/'));
    expect(await json('logout', 'pkg.example.com')).toEqual({
      schema: 1,
      services: [{ service: key, revoked: true, removed: ['os-keyring', 'uv-text'] }],
    });
    expect(world.fileContents.get(path)).toContain('other.example.com');
    expect(world.fileContents.get(path)).not.toContain(key);
  });

  it('LF25 offline: the secrets are removed, the session is named, exit code 7', async () => {
    const { run, goOffline, world } = await loggedIn();
    goOffline();
    const { code, stderr } = await run('logout', 'pkg.example.com');
    expect(code).toBe(7);
    expect(stderr).toContain(
      'the session at pkg.example.com could not be ended: pkg.example.com cannot be reached',
    );
    expect(stderr).toContain(`list of devices at ${origin}/`);
    expect((await cli(['list'], { world })).stdout).toBe('');
  });

  it('OA16 a service that cannot revoke is not taken for one that did', async () => {
    const { run } = await loggedIn({
      doors: {
        '/oauth2/revoke': () => ({ status: 503, body: '{"code":"unavailable","detail":"Try later"}' }),
      },
    });
    expect(await run('logout', 'pkg.example.com')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('could not be ended'),
    });
  });

  it('--all asks on a terminal, needs --yes elsewhere, and leaves other tools alone', async () => {
    const { run, world } = await loggedIn();
    const path = '/home/user/.local/share/uv/credentials/credentials.toml';
    world.fileContents.set(
      path,
      '[[credential]]\nservice = "https://other.example.com/"\nusername = "u"\nscheme = "basic"\npassword = "pw"\n',
    );
    expect(await run('logout', '--all')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs --yes'),
    });
    expect((await run('status', 'pkg.example.com')).code).toBe(0);
    expect((await run('logout', '--all', '--yes')).code).toBe(0);
    expect((await run('status', 'pkg.example.com')).code).toBe(4);
    expect(world.fileContents.get(path)).toContain('other.example.com');
    expect(await run('logout', '--all', '--yes')).toMatchObject({
      code: 0,
      stderr: 'There was nothing to log out of.\n',
    });
  });

  it.each([
    ['y', 0, 4],
    ['n', 1, 0],
    ['', 1, 0],
  ])('--all answered with %j', async (answer, code, status) => {
    const { world } = await loggedIn({ context: { interactive: true, answers: [answer] } });
    expect((await cli(['logout', '--all'], { world })).code).toBe(code);
    expect((await cli(['status', 'pkg.example.com'], { world })).code).toBe(status);
  });

  it('CS18 a locked keyring: no success is claimed', async () => {
    const { code, stderr } = await cli(['logout', 'pkg.example.com'], {
      world: (await loggedIn()).world,
      adapt: locked,
    });
    expect(code).toBe(6);
    expect(stderr).toContain('locked');
    expect(stderr).not.toContain('Logged out');
  });

  it('a service without a revocation endpoint is left by the door of pyx clients', async () => {
    let headers: Record<string, string> | undefined;
    const { run } = await loggedIn({
      metadata: { revocation_endpoint: undefined },
      doors: {
        '/auth/cli/logout': (request) => {
          headers = request.headers;
          return { status: 200 };
        },
      },
    });
    expect((await run('logout', 'pkg.example.com')).code).toBe(0);
    expect(headers?.Authorization).toMatch(/^Bearer /);
  });
});

import { formatToken } from '@pkgauth/protocol';
import { type ScriptedServiceOptions, scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../context.ts';
import { type CliOptions, cli } from '../cli.fixture.ts';

const origin = 'https://pkg.example.com';
const apiKey = formatToken('api-key', new Uint8Array(32).fill(3));

const against = (options: ScriptedServiceOptions = {}) => {
  const service = scriptedService(origin, options);
  service.apiKeys.set('k1', apiKey);
  return service;
};

const login = (argv: string[], options: CliOptions = {}, service = against()) =>
  cli(['login', ...argv], { respond: service.respond, ...options });

/** Somebody at a terminal with a browser, who approves what it opens. */
const person = (service: ReturnType<typeof against>): CliOptions => ({
  interactive: true,
  env: { DISPLAY: ':0' },
  respond: service.respond,
  adapt: (fake): Partial<Context> => ({
    sleep: (milliseconds, signal) =>
      milliseconds < 60_000
        ? fake.sleep(milliseconds)
        : new Promise((_resolve, reject) =>
            signal?.addEventListener('abort', () => reject(signal.reason as Error)),
          ),
    processes: {
      ...fake.processes,
      openBrowser: async (url) => {
        fake.openedUrls.push(url);
        void fetch(service.approve(url));
        return true;
      },
    },
  }),
});

describe('login as a person', () => {
  it('in the browser: verified, stored, and said in one line each', async () => {
    const service = against();
    const result = await cli(['login', 'pkg.example.com'], person(service));
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toContain(
      'Logged in to pkg.example.com as ada@example.com\nOrganizations: acme (owner)\nStored in ',
    );
    expect(result.context.openedUrls).toHaveLength(1);
    const listed = await cli(['list', '--json'], { world: result.context });
    expect(JSON.parse(listed.stdout)).toMatchObject({
      entries: [{ service: `${origin}/`, kind: 'session', store: 'os-keyring', active: true }],
    });
  });

  it('LF14 without a terminal: by code, without a browser', async () => {
    const { code, stderr, context } = await login(['pkg.example.com'], { env: { DISPLAY: ':0' } });
    expect(code).toBe(0);
    expect(stderr).toContain('WDJB-MJHT');
    expect(context.openedUrls).toEqual([]);
  });

  it.each([
    ['CI', ['pkg.example.com'], { env: { CI: 'true', DISPLAY: ':0' } }],
    ['--no-input', ['pkg.example.com', '--no-input'], { env: { DISPLAY: ':0' }, interactive: true }],
  ])(
    'LF14 %s: neither prompts nor opens, exit code 4, and the variable to set',
    async (_name, argv, options) => {
      const { code, stdout, stderr, context } = await login(argv, options);
      expect([code, stdout]).toEqual([4, '']);
      expect(stderr).toContain(`set PKGAUTH_URL=${origin} and PKGAUTH_TOKEN`);
      expect(context.openedUrls).toEqual([]);
    },
  );

  it('--json answers one object without a secret', async () => {
    const { stdout } = await login(['pkg.example.com', '--device', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      service: `${origin}/`,
      user: 'ada@example.com',
      organizations: [{ slug: 'acme', title: 'Acme Inc.', role: 'owner' }],
      store: 'os-keyring',
      location: expect.any(String),
      verified: true,
    });
  });

  it('a session that the service itself refuses is not stored, and ended', async () => {
    let calls = 0;
    const refusing = against({
      doors: {
        '/api/v1/whoami': () => {
          calls += 1;
          return {
            status: 401,
            headers: { 'content-type': 'application/problem+json' },
            body: `{"code":"x","detail":"no ${calls}"}`,
          };
        },
      },
    });
    const { code, context } = await login(['pkg.example.com', '--device'], {}, refusing);
    expect(code).toBe(5);
    expect(context.keyringEntries.size).toBe(0);
    expect(refusing.revoked).toHaveLength(1);
  });

  it('a second login ends the session of the first', async () => {
    const service = against();
    const first = await login(['pkg.example.com', '--device'], {}, service);
    const [firstRefresh] = service.refreshTokens;
    await cli(['login', 'pkg.example.com', '--device'], { world: first.context });
    expect(service.revoked).toEqual([firstRefresh]);
  });

  it('LF13 Ctrl-C while it waits: exit code 130, nothing stored', async () => {
    const service = against();
    const controller = new AbortController();
    const { ClientError } = await import('../../errors.ts');
    const options = person(service);
    const { code, context } = await cli(['login', 'pkg.example.com'], {
      ...options,
      signal: controller.signal,
      adapt: (fake) => ({
        ...options.adapt?.(fake),
        processes: {
          ...fake.processes,
          openBrowser: async () => {
            controller.abort(new ClientError('interrupted', 'interrupted'));
            return true;
          },
        },
      }),
    });
    expect(code).toBe(130);
    expect(context.keyringEntries.size).toBe(0);
  });

  it('LF10 text of the service is shown escaped', async () => {
    const hostile = against({
      doors: {
        '/oauth2/token': () => ({
          status: 400,
          body: JSON.stringify({ error: 'x', error_description: '\u001b]0;gotcha\u0007\u202e' }),
        }),
      },
    });
    const { code, stderr } = await login(['pkg.example.com', '--device'], {}, hostile);
    expect(code).toBe(1);
    expect(stderr).toContain('gotcha');
    for (const character of ['\u001b', '\u0007', '\u202e']) expect(stderr).not.toContain(character);
  });
});

describe('login with something that was handed over', () => {
  it('an API key on stdin is verified and stored for the whole service', async () => {
    const { code, stdout, stderr, context } = await login(
      ['https://pkg.example.com/simple/acme/main/', '--token-stdin'],
      { stdin: `${apiKey}\n` },
    );
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('as ada@example.com');
    const { stdout: listed } = await cli(['list', '--json'], { world: context });
    expect(JSON.parse(listed)).toMatchObject({ entries: [{ service: `${origin}/`, kind: 'api-key' }] });
  });

  it('a token that the service refuses is not stored', async () => {
    const { code, stderr, context } = await login(['pkg.example.com', '--token-stdin'], {
      stdin: 'not.a.token',
    });
    expect(code).toBe(5);
    expect(stderr).toContain(
      'pkgauth: error: pkg.example.com says: This service did not issue the credential',
    );
    expect(context.keyringEntries.size).toBe(0);
  });

  it('a mistyped API key is not even sent', async () => {
    const { code, stderr, context } = await login(['pkg.example.com', '--token-stdin'], {
      stdin: apiKey.slice(0, -1),
    });
    expect(code).toBe(5);
    expect(stderr).toContain('mistyped or cut off');
    expect(context.requests).toEqual([]);
  });

  it('--no-verify asks nobody', async () => {
    const { code, context } = await login(['pkg.example.com', '--token-stdin', '--no-verify'], {
      stdin: apiKey,
    });
    expect(code).toBe(0);
    expect(context.requests).toEqual([]);
    expect(context.keyringEntries.size).toBeGreaterThan(0);
  });

  it('CS28 a secret as an argument is accepted with a warning, and repeated nowhere', async () => {
    const { code, stdout, stderr } = await login(['pkg.example.com', '--token', apiKey]);
    expect(code).toBe(0);
    expect(stderr).toContain('pkgauth: warning: --token shows the secret to every program on this machine');
    expect(stdout + stderr).not.toContain(apiKey);
  });

  it.each([
    [['--browser', '--device'], 'choose one of --browser and --device'],
    [['--token-stdin', '--device'], 'choose one of --device and --token-stdin'],
    [['--password-stdin'], '--password-stdin needs --username'],
    [['--username', 'ada'], '--username needs a password'],
    [['--username', 'ada', '--browser'], '--browser takes no --username'],
  ])('%j: %s', async (argv, message) => {
    expect(await login(['pkg.example.com', ...argv])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`pkgauth: error: ${message}`),
    });
  });

  it('nothing on stdin is a usage error', async () => {
    expect(await login(['pkg.example.com', '--token-stdin'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing came on stdin'),
    });
  });
});

describe('login at an index that is no pkgauth service', () => {
  const index =
    (right: string) => (request: { url: string; method: string; headers?: Record<string, string> }) => {
      if (request.method !== 'HEAD') return { status: 404 };
      return { status: request.headers?.Authorization === right ? 200 : 401 };
    };

  it('stores a verified password for that path', async () => {
    const { code, stderr, context } = await cli(
      ['login', 'https://index.example.org/simple/', '--username', 'ada', '--password-stdin'],
      {
        stdin: 'pw\n',
        respond: index(`Basic ${btoa('ada:pw')}`),
      },
    );
    expect(code).toBe(0);
    expect(stderr).not.toContain('warning');
    const { stdout } = await cli(['list', '--json'], { world: context });
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ service: 'https://index.example.org/simple', kind: 'basic', username: 'ada' }],
    });
  });

  it('stores a token as Bearer, and nothing that was refused', async () => {
    const respond = index('Bearer good');
    expect(
      (await cli(['login', 'index.example.org', '--token-stdin'], { stdin: 'good', respond })).code,
    ).toBe(0);
    const refused = await cli(['login', 'index.example.org', '--token-stdin'], { stdin: 'bad', respond });
    expect(refused).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('does not accept the credential (401)'),
    });
    expect(refused.context.keyringEntries.size).toBe(0);
  });

  it('says when the index could not be asked, and stores', async () => {
    const { code, stderr, context } = await cli(['login', 'index.example.org', '--token-stdin'], {
      stdin: 't',
      respond: ({ method }) => ({ status: method === 'HEAD' ? 200 : 404 }),
    });
    expect(code).toBe(0);
    expect(stderr).toContain('could not verify the login');
    expect(context.keyringEntries.size).toBeGreaterThan(0);
  });

  it('asks on a terminal for user name and password', async () => {
    const { code, context } = await cli(['login', 'https://index.example.org/simple'], {
      interactive: true,
      answers: ['ada', 'pw'],
      respond: index(`Basic ${btoa('ada:pw')}`),
    });
    expect(code).toBe(0);
    expect(context.stderr).toContain('Password: ');
  });

  it('without a terminal names the way', async () => {
    expect(await cli(['login', 'index.example.org'], { respond: () => ({ status: 404 }) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('pkgauth login https://index.example.org/ --token-stdin'),
    });
  });
});

describe('login over plain http', () => {
  it('LF26 is refused to another machine before anything is sent', async () => {
    const { code, stderr, context } = await login(['http://pkg.example.com', '--token-stdin'], {
      stdin: apiKey,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('credentials would travel unencrypted to pkg.example.com');
    expect(context.requests).toEqual([]);
  });

  it('LF26 --insecure allows it, loudly', async () => {
    const service = scriptedService('http://pkg.example.com');
    service.apiKeys.set('k1', apiKey);
    const { code, stderr } = await cli(['login', 'http://pkg.example.com', '--insecure', '--token-stdin'], {
      stdin: apiKey,
      respond: service.respond,
    });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stderr).toContain('pkgauth: warning: the connection to pkg.example.com may be unencrypted');
    expect(stderr).toContain('PKGAUTH_INSECURE_HOST=pkg.example.com');
  });
});

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cleanEnvironment,
  describeWith,
  makeWheel,
  pythonTool,
  run,
  startProcess,
  startUpstreamIndex,
  type TemporaryDirectory,
  temporaryDirectory,
  type UpstreamIndex,
} from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleInBrowser } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';

const patiently = { timeout: 60_000 };

/** Who holds and who waits for a lock on a file. */
function lockLines(path: string): string[] {
  const { ino } = statSync(path);
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${ino} `));
}

/** uv 0.12.6, the last with a pyx client, against our service as if it were pyx. */
describeWith(['python/uv-0.12.6', 'chromium'], 'uv 0.12.6 as a pyx client', () => {
  const uv = pythonTool('uv-0.12.6', 'uv');
  let upstream: UpstreamIndex;
  let service: Service;
  let home: TemporaryDirectory;

  beforeAll(async () => {
    upstream = await startUpstreamIndex([
      makeWheel({ name: 'demo-app', version: '1.0', requires: ['demo-lib>=2'] }),
      makeWheel({ name: 'demo-lib', version: '2.1' }),
    ]);
    service = await startService({ built: true, upstream: upstream.url });
    home = temporaryDirectory();
  });
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await upstream?.close();
    home?.[Symbol.dispose]();
  });

  const environment = (extra: Record<string, string> = {}) => ({
    ...cleanEnvironment(home.path),
    PYX_API_URL: service.url,
    PYX_CREDENTIALS_DIR: join(home.path, 'pyx'),
    UV_NO_CACHE: '1',
    ...extra,
  });
  const uvRun = (args: string[], extra?: Record<string, string>, input?: string) =>
    run(uv, args, { env: environment(extra), cwd: home.path, ...(input === undefined ? {} : { input }) });
  const install = (extra?: Record<string, string>, target = 'site', requirement = 'demo-app') =>
    uvRun(
      [
        'pip',
        'install',
        requirement,
        '--no-config',
        '--target',
        join(home.path, target),
        '--default-index',
        `${service.url}/simple/acme/main`,
      ],
      extra,
    );
  const tokensFile = async () => {
    const [digest] = await readdir(join(home.path, 'pyx'));
    return join(home.path, 'pyx', digest ?? '', 'tokens.json');
  };
  const startLogin = (extra?: Record<string, string>) =>
    startProcess(uv, ['auth', 'login', service.url], { env: environment(extra), cwd: home.path });
  const loginPage = /(http:\/\/127\.0\.0\.1:\d+\/auth\/cli\/login\/\S+)/;
  async function login(extra?: Record<string, string>): Promise<string> {
    await using running = await startLogin(extra);
    const [, url] = await running.waitFor(loginPage);
    await settleInBrowser(url ?? '', service.owner);
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    return stderr;
  }
  /** Makes the stored access token look expired, as if an hour had gone by: uv reads `exp` and never verifies. */
  async function expireStoredToken(): Promise<void> {
    const path = await tokensFile();
    const tokens = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const [header, payload = '', signature] = (tokens['access_token'] ?? '').split('.');
    const claims = {
      ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object),
      exp: 1_000_000_000,
    };
    tokens['access_token'] = [
      header,
      Buffer.from(JSON.stringify(claims)).toString('base64url'),
      signature,
    ].join('.');
    writeFileSync(path, JSON.stringify(tokens));
  }

  it('installs nothing before login, and says how to log in', async () => {
    const { code, stderr } = await install();
    expect(code).toBe(2);
    expect(stderr).toContain('Run `uv auth login pyx.dev` to authenticate uv with pyx');
  });

  it('is told when the login is denied on the page, and stores nothing', async () => {
    await using running = await startLogin();
    const [, url] = await running.waitFor(loginPage);
    expect(await settleInBrowser(url ?? '', service.owner, 'Deny')).toMatch(/denied/i);
    const { code, stderr } = await running.ended;
    expect(code).toBe(2);
    expect(stderr).toContain('Failed to login with code `403 Forbidden`');
    expect((await install()).code).toBe(2);
  });

  it('U1 opens the page by itself where there is an opener', async () => {
    const bin = join(home.path, 'bin');
    mkdirSync(bin, { recursive: true });
    const opener = `#!/bin/sh\nprintf %s "$1" > '${join(home.path, 'opened')}'\n`;
    writeFileSync(join(bin, 'xdg-open'), opener, { mode: 0o755 });
    const extra = { PATH: `${bin}:/usr/bin:/bin`, PYX_CREDENTIALS_DIR: join(home.path, 'pyx-opened') };
    const stderr = await login(extra);
    const [, url] = loginPage.exec(stderr) ?? [];
    expect(stderr).toContain(`Logging in with ${url}`);
    expect(await readFile(join(home.path, 'opened'), 'utf8')).toBe(url);
    expect((await uvRun(['auth', 'logout', service.url], extra)).code).toBe(0);
  });

  it('U2 logs in through the real page in Chromium without an opener: the address is printed', async () => {
    const stderr = await login();
    expect(stderr).toContain('Open the following URL in your browser');
    expect(stderr).toContain('Logged in to Acme');
    expect(await readFile(await tokensFile(), 'utf8')).toContain('"refresh_token":"pkr_');
  });

  it('U5, U6 prints a one-hour ES256 access token', async () => {
    const { stdout } = await uvRun(['auth', 'token', service.url]);
    const [header, payload] = stdout
      .trim()
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    expect(header).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(Number(payload?.['exp']) - Number(payload?.['iat'])).toBe(3600);
    expect(payload?.['urn:pyx:org_name']).toBe('Acme');
  });

  it('U11 answers its Bazel helper', async () => {
    const { stdout } = await uvRun(
      ['auth', 'helper', '--protocol=bazel', 'get'],
      {},
      JSON.stringify({ uri: `${service.url}/simple/acme/main/` }),
    );
    expect(JSON.parse(stdout)).toEqual({ headers: { Authorization: [expect.stringMatching(/^Bearer ey/)] } });
  });

  it('U14 installs a package and its dependency through view and mirror', async () => {
    const { code, stderr } = await install();
    expect(code, stderr).toBe(0);
    expect(await readFile(join(home.path, 'site/demo_lib/__init__.py'), 'utf8')).toBe('VERSION = "2.1"\n');
    expect(await stat(join(home.path, 'site/demo_app/__init__.py'))).toBeDefined();
  });

  it('U5 refreshes an expired token by itself', async () => {
    await expireStoredToken();
    const before = await readFile(await tokensFile(), 'utf8');
    const { code, stderr } = await install({}, 'site-refreshed');
    expect(code, stderr).toBe(0);
    expect(await readFile(await tokensFile(), 'utf8')).not.toBe(before);
  });

  // uv reads its token file without its lock and overwrites it in place: without the queue, one that starts while another
  // writes may find the file empty, which no server can help.
  it('N03 20 uv auth token at once, all with the same refresh token: 20 successes', async () => {
    const lock = (await tokensFile()).replace('.json', '.lock');
    await using holder = await startProcess('flock', ['--exclusive', '--no-fork', lock, 'sleep', '100']);
    await expect.poll(() => lockLines(lock).length, patiently).toBe(1);
    const all = Promise.all(Array.from({ length: 20 }, () => uvRun(['auth', 'token', service.url])));
    await expect.poll(() => lockLines(lock).length, patiently).toBe(21);
    await holder.kill();
    const results = await all;
    expect(results.map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))).toEqual(Array(20).fill('ok'));
    expect((await install({}, 'site-after-race')).code).toBe(0);
  });

  it('N03 20 uv auth helper at once, right when the token ends: one refresh, 20 answers', async () => {
    await expireStoredToken();
    const before = service.log().split('/auth/cli/refresh').length;
    const request = JSON.stringify({ uri: `${service.url}/simple/acme/main/` });
    const ask = () => uvRun(['auth', 'helper', '--protocol=bazel', 'get'], {}, request);
    const results = await Promise.all(Array.from({ length: 20 }, ask));
    expect(results.map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))).toEqual(Array(20).fill('ok'));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(service.log().split('/auth/cli/refresh').length - before).toBe(1);
  });

  it('U4 takes an API key from PYX_API_KEY, and the old UV_API_KEY (U16)', async () => {
    const key = await service.apiKey();
    for (const name of ['PYX_API_KEY', 'UV_API_KEY']) {
      const { code, stderr } = await install(
        { [name]: key, PYX_CREDENTIALS_DIR: join(home.path, `with-${name}`) },
        `site-${name}`,
      );
      expect(code, stderr).toBe(0);
    }
  });

  it('refuses a mistyped API key, and uv says so', async () => {
    const { code, stderr } = await install(
      { PYX_API_KEY: `${await service.apiKey()}x`, PYX_CREDENTIALS_DIR: join(home.path, 'mistyped') },
      'site-mistyped',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('Run `uv auth login pyx.dev` to authenticate uv with pyx');
    const token = await uvRun(['auth', 'token', service.url], {
      PYX_API_KEY: `${await service.apiKey()}x`,
      PYX_CREDENTIALS_DIR: join(home.path, 'mistyped'),
    });
    expect(token.code).toBe(2);
    expect(token.stderr).toContain('Failed to authenticate with API key');
  });

  it('U8 takes an access token from PYX_AUTH_TOKEN and UV_AUTH_TOKEN', async () => {
    const token = (await uvRun(['auth', 'token', service.url])).stdout.trim();
    for (const name of ['PYX_AUTH_TOKEN', 'UV_AUTH_TOKEN']) {
      const { code, stderr } = await install(
        { [name]: token, PYX_CREDENTIALS_DIR: join(home.path, `with-${name}`) },
        `site-${name}`,
      );
      expect(code, stderr).toBe(0);
    }
  });

  it('publishes with its login, in two phases, and skips what is there', async () => {
    const { filename, content } = makeWheel({ name: 'demo-published', version: '1.0' });
    const file = join(home.path, filename);
    writeFileSync(file, content);
    const target = `${service.url}/v1/upload/acme/packages`;
    const publish = () => uvRun(['publish', '--trusted-publishing', 'never', '--publish-url', target, file]);
    const first = await publish();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain(`Uploading ${filename}`);
    const second = await publish();
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain('already exists');
    expect((await install({}, 'site-published', 'demo-published')).code).toBe(0);
  });

  it('an administrator ends the login: installs say how to log in, and a new login works', async () => {
    const revoked = await service.admin(['session', 'revoke', service.owner.email, '--all']);
    expect(revoked['revoked']).toBeGreaterThan(0);
    await expireStoredToken();
    const { code, stderr } = await install({}, 'site-ended');
    expect(code).toBe(2);
    expect(stderr).toContain('Run `uv auth login pyx.dev` to authenticate uv with pyx');
    await login();
    expect((await install({}, 'site-again')).code).toBe(0);
  });

  it('U3 logout revokes on the server and removes locally; the old tokens are dead at once', async () => {
    const tokens = JSON.parse(await readFile(await tokensFile(), 'utf8')) as {
      access_token: string;
      refresh_token: string;
    };
    const { code, stderr } = await uvRun(['auth', 'logout', service.url]);
    expect(code, stderr).toBe(0);
    expect(await readdir(join(home.path, 'pyx'))).toEqual([]);
    const page = await fetch(`${service.url}/simple/acme/main/demo-lib/`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(page.status).toBe(401);
    const refreshed = await fetch(`${service.url}/auth/cli/refresh`, {
      method: 'POST',
      body: JSON.stringify({ refresh_token: tokens.refresh_token }),
    });
    expect(refreshed.status).toBe(401);
    expect((await install({}, 'site-after-logout')).code).toBe(2);
    const revoked = await install({ PYX_AUTH_TOKEN: tokens.access_token }, 'site-revoked');
    expect(revoked.code).toBe(1);
    expect(revoked.stderr).toContain('lack of valid authentication credentials');
  });
});

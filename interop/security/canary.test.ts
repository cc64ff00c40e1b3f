import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleanEnvironment,
  type FaultyIndex,
  makeWheel,
  run,
  startFaultyIndex,
  startProcess,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtClient } from '../support/client.ts';
import { approveDevice, FormBrowser, pyxLogin, type Tokens } from '../support/forms.ts';
import { type Service, startService } from '../support/service.ts';
import { upload } from '../support/upload.ts';
import { Canaries, type Sighting, watchProcesses } from './canaries.ts';

const canary = (name: string) => `canary-${name}-${randomBytes(12).toString('hex')}`;

/** One secret of each kind goes through every command and every kind of address; then everything written is searched. */
describe('N07 canary secrets', () => {
  const canaries = new Canaries();
  const sightings: Sighting[] = [];
  const secrets = { password: canary('password'), upstream: canary('upstream'), master: '' };
  const email = 'canary@example.com';
  let upstream: FaultyIndex;
  let service: Service;
  let home: TemporaryDirectory;
  let temporary: TemporaryDirectory;
  const processes = watchProcesses();

  const learn = <T extends string>(name: string, value: T): T => {
    canaries.add(name, value);
    return value;
  };
  /** An access token is found by its signature and by its claims, too. */
  const learnToken = (name: string, token: string): string => {
    for (const part of token.split('.').slice(1)) learn(name, part);
    return learn(name, token);
  };

  beforeAll(async () => {
    secrets.master = randomBytes(32).toString('base64');
    temporary = temporaryDirectory();
    home = temporaryDirectory();
    upstream = await startFaultyIndex([makeWheel({ name: 'mirrored', version: '1.0' })], {
      credential: `reader:${secrets.upstream}`,
    });
    const env = { TMPDIR: temporary.path, PKGAUTH_SECRET: learn('master secret', secrets.master) };
    service = await startService({ env, args: ['--log-level', 'debug'], built: true });
    learn('password', secrets.password);
    learn('upstream credential', secrets.upstream);
    await admin(['user', 'add', email, '--password-stdin'], secrets.password);
    await admin(['member', 'add', 'acme', email]);
    const mirror = ['registry', 'add', 'acme/pypi', '--kind', 'pypi', '--upstream', upstream.url];
    await admin([...mirror, '--upstream-credential-stdin'], `reader:${secrets.upstream}`);
  });
  afterAll(async () => {
    processes.stop();
    await service?.[Symbol.asyncDispose]();
    await upstream?.close();
    home?.[Symbol.dispose]();
    temporary?.[Symbol.dispose]();
  });

  async function admin(args: readonly string[], input?: string, allowed: readonly string[] = []) {
    const answer = await service.admin(args, input);
    sightings.push(...canaries.search(`admin ${args[0]}`, JSON.stringify(answer), allowed));
    return answer;
  }

  type Call = { input?: string; env?: Record<string, string>; answers?: readonly string[] };
  const environment = (extra: Record<string, string> = {}) => ({
    ...cleanEnvironment(home.path),
    TMPDIR: temporary.path,
    PKGAUTH_STORE: 'pkgauth-file',
    ...extra,
  });
  /** Runs a command at its most talkative. `answers`: the secrets that it is asked to print on stdout. */
  async function pkgauth(args: readonly string[], { input, env, answers = [] }: Call = {}) {
    const command = args[0] === 'helper' ? args : [...args, '-vv'];
    const result = await run(process.execPath, [builtClient(), ...command], {
      env: environment(env),
      cwd: home.path,
      ...(input === undefined ? {} : { input }),
    });
    const name = `pkgauth ${args.slice(0, 2).join(' ')}`;
    sightings.push(...canaries.search(`stdout of ${name}`, result.stdout, answers));
    sightings.push(...canaries.search(`stderr of ${name}`, result.stderr));
    return result;
  }

  async function loginByDevice(): Promise<void> {
    const browser = new FormBrowser(service.url);
    await browser.signIn({ email, password: secrets.password });
    learn('browser session', browser.session);
    await using running = await startProcess(
      process.execPath,
      [builtClient(), 'login', service.url, '--device', '-vv'],
      { env: environment(), cwd: home.path },
    );
    const [code] = await running.waitFor(/[A-Z]{4}-[A-Z]{4}/);
    await approveDevice(browser, code ?? '');
    const { code: exit, stdout, stderr } = await running.ended;
    expect(exit, stderr).toBe(0);
    sightings.push(...canaries.search('login --device', stdout + stderr));
  }

  it('N07 CS29 every command of the client', async () => {
    await loginByDevice();
    const printed = await pkgauth(['token', service.url], { answers: ['access token'] });
    learnToken('access token', printed.stdout.trim());
    const file = await run('cat', [join(home.path, '.local/share/pkgauth/credentials.json')]);
    learn('refresh token', /pkr_\w+/.exec(file.stdout)?.[0] ?? '');
    const made = await pkgauth(['api-key', 'create', '--organization', 'acme', '--validity', '7'], {
      answers: ['API key'],
    });
    expect(made.code, made.stderr).toBe(0);
    const key = learn('API key', made.stdout.trim());
    for (const json of [[], ['--json']]) {
      for (const words of [['status'], ['list'], ['whoami'], ['api-key', 'list']]) {
        const { code, stderr } = await pkgauth([...words, ...json]);
        expect(code, stderr).toBe(0);
      }
    }
    await pkgauth(['token', service.url, '--force'], { answers: ['access token'] });
    const target = `${service.url}/simple/acme/main/`;
    const answers = ['access token'];
    await pkgauth(['helper', 'keyring', 'get', target, '__token__'], { answers });
    await pkgauth(['helper', 'bazel', 'get'], { input: JSON.stringify({ uri: target }), answers });
    await pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
    await expectRefusals(key);
    const logout = await pkgauth(['logout', service.url]);
    expect(logout.code, logout.stderr).toBe(0);
    await pkgauth(['login', service.url, '--token-stdin'], { input: key });
    await pkgauth(['token', service.url], { answers: ['exchanged token'] });
    expect((await pkgauth(['logout', service.url])).code).toBe(0);
  });

  /** Commands that fail are the talkative ones. */
  async function expectRefusals(key: string): Promise<void> {
    const mistyped = learn('mistyped key', `pka_${canary('mistyped')}`);
    const elsewhere = 'http://127.0.0.1:9';
    const url = new URL(service.url);
    const inUrl = learn('password in a URL', canary('url'));
    const failures: [readonly string[], Call?][] = [
      [['login', service.url, '--token-stdin'], { input: mistyped }],
      [['login', elsewhere, '--token-stdin'], { input: key }],
      [['login', `http://ada:${inUrl}@${url.host}/simple/acme/main/`, '--token-stdin'], { input: mistyped }],
      [['login', `${service.url}/simple/acme/main/?token=${inUrl}`, '--token-stdin'], { input: mistyped }],
      [['whoami', service.url], { env: { PKGAUTH_URL: service.url, PKGAUTH_TOKEN: mistyped } }],
      [['whoami', elsewhere], { env: { PKGAUTH_URL: elsewhere, PKGAUTH_TOKEN: key } }],
      [['status', '--json'], { env: { PKGAUTH_URL: service.url, PYX_API_KEY: mistyped } }],
      [['token', elsewhere], { env: { PKGAUTH_URL: elsewhere, PYX_API_KEY: key } }],
      [['status', '--nonsense']],
      [['helper', 'bazel', 'get'], { input: `{"uri":"https://ada:${inUrl}@127.0.0.1:9/"}` }],
    ];
    for (const [args, call] of failures) await pkgauth(args, call);
  }

  it('N07 PS10 every kind of address of the service', async () => {
    const browser = new FormBrowser(service.url);
    await browser.signIn({ email, password: secrets.password });
    learn('browser session', browser.session);
    const login = await pyxLogin(service.url, browser);
    learnToken('second access token', login.access_token);
    learn('second refresh token', login.refresh_token);
    const link = (await admin(['user', 'sign-in-link', email], '', ['link'])) as { url: string };
    learn('link', link.url.split('/').at(-1) ?? '');
    const { key } = (await admin(
      ['api-key', 'add', '--user', email, '--org', 'acme', '--validity', '7'],
      '',
    )) as {
      key: string;
    };
    learn('second API key', key);
    const wheel = makeWheel({ name: 'uploaded', version: '1.0' });
    expect((await upload(service.url, `Bearer ${key}`, wheel)).status).toBe(200);
    await askEverywhere([login.access_token, login.refresh_token, key, secrets.password, secrets.upstream]);
    expect(upstream.requests.length).toBeGreaterThan(0);
    await oauthCode(browser);
    const visitor = new FormBrowser(service.url);
    await visitor.visit(new URL(link.url, service.url).pathname);
    await visitor.submit(new URL(link.url, service.url).pathname, {});
    learn('session of the link', visitor.session);
    await refreshAndLogOut(login);
  });

  async function askEverywhere(values: readonly string[]): Promise<void> {
    for (const value of values) {
      const basic = Buffer.from(`__token__:${value}`).toString('base64');
      const headers = [
        { authorization: `Bearer ${value}` },
        { authorization: `Basic ${basic}` },
        { authorization: `Basic ${Buffer.from(`${value}:`).toString('base64')}` },
        { authorization: `Bearer ${value}x` },
        { cookie: `pkgauth-session=${value}` },
        { 'x-api-key': value, 'x-request-id': value, referer: `${service.url}/?token=${value}` },
      ];
      const addresses = [
        '/api/v1/whoami',
        '/simple/acme/main/mirrored/',
        '/simple/acme/main/mirrored/mirrored-1.0-py3-none-any.whl',
        `/simple/acme/main/mirrored/?access_token=${value}&password=${value}`,
        `/api/v1/nothing?token=${value}`,
        '/',
      ];
      for (const header of headers)
        for (const address of addresses) await ask(service.url + address, { headers: header });
      const bodies: [string, RequestInit][] = [
        ['/auth/cli/refresh', { body: JSON.stringify({ refresh_token: `${value}x` }) }],
        ['/auth/cli/refresh', { body: `{"refresh_token":"${value}` }],
        [
          '/oauth2/token',
          { body: new URLSearchParams({ client_id: 'x', grant_type: value, refresh_token: `${value}x` }) },
        ],
        ['/oauth2/revoke', { body: new URLSearchParams({ client_id: value, token: `${value}x` }) }],
        ['/sign-in', { body: new URLSearchParams({ email: value, password: value }) }],
        ['/api/v1/api-keys', { body: JSON.stringify({ organization: value, name: value }) }],
      ];
      for (const [path, init] of bodies) await ask(service.url + path, { method: 'POST', ...init });
    }
  }

  /** Answers may hold only what they are asked for; none of these is. */
  async function ask(url: string, init: RequestInit): Promise<void> {
    const response = await fetch(url, { redirect: 'manual', ...init });
    const echoed = canaries.search(
      `answer to ${init.method ?? 'GET'} ${new URL(url).pathname}`,
      Buffer.concat([
        Buffer.from(JSON.stringify([...response.headers])),
        Buffer.from(await response.bytes()),
      ]),
    );
    // A person's own mistyped address comes back in the form that the same person has sent.
    sightings.push(...echoed.filter(({ place }) => !place.endsWith('POST /sign-in')));
  }

  async function oauthCode(browser: FormBrowser): Promise<void> {
    const verifier = learn('PKCE verifier', randomBytes(32).toString('base64url'));
    const redirect_uri = 'http://127.0.0.1:9/callback';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      client_id: 'pkgauth',
      redirect_uri,
      response_type: 'code',
      scope: 'openid offline_access',
      state: 'not-a-secret',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const page = await browser.visit(`/oauth2/authorize?${query}`);
    const action = /action="(\/oauth2\/interaction\/[^"]+)"/.exec(page)?.[1] ?? '';
    const onward = /href="([^"]*\/oauth2\/authorize\/[^"]+)"/.exec(
      await browser.submit(action, { decision: 'approve' }),
    );
    const returned = await browser.leave(onward?.[1] ?? '');
    const code = learn('code', new URL(returned).searchParams.get('code') ?? '');
    const body = new URLSearchParams({
      client_id: 'pkgauth',
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri,
    });
    const answer = await fetch(`${service.url}/oauth2/token`, { method: 'POST', body });
    const tokens = (await answer.json()) as Tokens & { id_token: string };
    expect(answer.status).toBe(200);
    learnToken('third access token', tokens.access_token);
    learn('third refresh token', tokens.refresh_token);
    learn('ID token', tokens.id_token);
  }

  async function refreshAndLogOut(login: Tokens): Promise<void> {
    const body = JSON.stringify({ refresh_token: login.refresh_token });
    const answer = await fetch(`${service.url}/auth/cli/refresh`, { method: 'POST', body });
    const next = (await answer.json()) as Tokens;
    learnToken('refreshed access token', next.access_token);
    learn('refreshed refresh token', next.refresh_token);
    const uuid = learn('pyx login', randomUUID());
    await fetch(`${service.url}/auth/cli/status/${uuid}`, { signal: AbortSignal.timeout(300) }).catch(
      () => undefined,
    );
    const headers = { authorization: `Bearer ${next.access_token}` };
    expect((await fetch(`${service.url}/auth/cli/logout`, { headers })).status).toBe(200);
  }

  it('N07 CS29 PS10 AK11 is found nowhere but in its store', async () => {
    sightings.push(...canaries.search('/metrics', await (await fetch(`${service.url}/metrics`)).text()));
    // Killed, so that the write-ahead log is searched as it was.
    await service.stop('SIGKILL');
    processes.stop();
    sightings.push(...canaries.search('the log', service.log()));
    sightings.push(...canaries.searchFiles(service.data));
    mkdirSync(temporary.path, { recursive: true });
    sightings.push(...canaries.searchFiles(temporary.path));
    sightings.push(...canaries.searchFiles(home.path));
    for (const line of processes.seen) {
      // A login that names a secret in a URL puts it there itself.
      sightings.push(...canaries.search('the process list', line, ['password in a URL']));
    }
    for (const { path, headers } of upstream.requests) {
      sightings.push(
        ...canaries.search('a request to the upstream', path + JSON.stringify(headers), [
          'upstream credential',
        ]),
      );
      expect(headers.authorization).toBe(`Basic ${btoa(`reader:${secrets.upstream}`)}`);
    }
    expect(sightings).toEqual([]);
    expect(processes.seen.size).toBeGreaterThan(3);
    expect(service.log()).toContain('"level":20');
  });
});

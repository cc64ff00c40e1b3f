import { type Credential, formatToken, Secret, type SessionCredential } from '@pkgauth/protocol';
import { type FakeContext, type FakeContextOptions, fakeContext } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context, HttpRequest, HttpResponse } from './context.ts';
import { ClientError } from './errors.ts';
import { accessToken, type Resolved, resolveCredential } from './session.ts';
import { openChain } from './stores/index.ts';

const service = 'https://packages.example.com/';
const index = `${service}simple/acme/main/`;
const hour = 3_600_000;
const key = formatToken('api-key', new Uint8Array(32).fill(7));
const now = Date.UTC(2026, 10, 23);

/** A service that rotates: `refresh-1` gives `access-2` and `refresh-2`. */
type Service = {
  current: number;
  readonly seen: string[];
  /** Instead of an answer, when the test wants one. */
  failure?: (() => Partial<HttpResponse>) | undefined;
  /** Runs while the server works, before it answers. */
  meanwhile?: (() => Promise<void>) | undefined;
};

const answer = (service: Service, { url, body = '', headers = {} }: HttpRequest): Partial<HttpResponse> => {
  const path = new URL(url).pathname;
  if (path === '/auth/cli/logout') return { status: 200 };
  if (path === '/auth/cli/access-token') {
    if (headers.authorization !== `Bearer ${key}`) return { status: 401, body: '{}' };
    return { body: JSON.stringify({ access_token: `exchanged-${++service.current}`, expires_in: 3600 }) };
  }
  if (path !== '/auth/cli/refresh') return { status: 404, body: '{}' };
  const { refresh_token: token } = JSON.parse(body) as { refresh_token: string };
  if (token !== `refresh-${service.current}`) return { status: 401, body: '{"error":"invalid_grant"}' };
  service.current += 1;
  const [access, refresh] = [`access-${service.current}`, `refresh-${service.current}`];
  return { body: JSON.stringify({ access_token: access, refresh_token: refresh, expires_in: 3600 }) };
};

const running = (): Service & { respond: NonNullable<FakeContextOptions['respond']> } => {
  const state: Service = { current: 1, seen: [] };
  return Object.assign(state, {
    respond: async (request: HttpRequest) => {
      state.seen.push(`${request.method} ${new URL(request.url).pathname}`);
      await state.meanwhile?.();
      return state.failure?.() ?? answer(state, request);
    },
  });
};

const session = (generation: number, more: Partial<SessionCredential> = {}): SessionCredential => ({
  kind: 'session',
  accessToken: new Secret(`access-${generation}`),
  refreshToken: new Secret(`refresh-${generation}`),
  expiresAt: now + hour,
  receivedAt: now,
  ...more,
});
const expired = (generation: number): SessionCredential =>
  session(generation, { expiresAt: now - 1, receivedAt: now - hour });

const store = async (context: Context, credential: Credential, at = service): Promise<void> => {
  await (await openChain(context)).save(at, credential);
};
const stored = async (context: Context): Promise<SessionCredential | undefined> => {
  const credential = (await (await openChain(context)).entries(service)).found[0]?.credential;
  return credential?.kind === 'session' ? credential : undefined;
};
const text = (resolved: Resolved | undefined): string | undefined =>
  resolved?.credential.kind === 'bearer' ? resolved.credential.token.reveal() : undefined;

/** Another process on the same machine: the same files and network, nothing remembered. */
const another = (context: FakeContext): FakeContext => ({ ...context });

const scene = async (credential: Credential, options: FakeContextOptions = {}) => {
  const server = running();
  const context = fakeContext({ now, respond: server.respond, ...options });
  await store(context, credential);
  return { server, context };
};

describe('resolveCredential', () => {
  it('sends a user name and password, or a token, as they are', async () => {
    const basic = { kind: 'basic', username: 'ada', password: new Secret('pw') } as const;
    const { context, server } = await scene(basic);
    await store(context, { kind: 'bearer', token: new Secret('t') }, `${service}simple/acme`);
    expect(await resolveCredential(context, `${service}x`)).toMatchObject({
      credential: basic,
      kind: 'basic',
      service,
    });
    expect(text(await resolveCredential(context, index))).toBe('t');
    expect(server.seen).toEqual([]);
  });

  it('answers undefined for other hosts, and asks for each only once (RM13)', async () => {
    const { context } = await scene(session(1));
    let reads = 0;
    const read = (path: string): Promise<string | undefined> => {
      reads += 1;
      return context.files.read(path);
    };
    const counting: Context = {
      ...context,
      files: { ...context.files, read },
    };
    expect(await resolveCredential(counting, 'https://other.example.com/')).toBeUndefined();
    const before = reads;
    expect(await resolveCredential(counting, 'https://other.example.com/')).toBeUndefined();
    expect(reads).toBe(before);
    await store(counting, session(1), 'https://other.example.com/');
    expect(text(await resolveCredential(counting, 'https://other.example.com/'))).toBe('access-1');
  });

  it('answers for the user that is asked for', async () => {
    const { context } = await scene(session(1));
    expect(text(await resolveCredential(context, index, { username: '__token__' }))).toBe('access-1');
    expect(await resolveCredential(context, index, { username: 'ada' })).toBeUndefined();
  });

  it('says where a credential comes from and when it ends', async () => {
    const { context } = await scene(session(1));
    const path = '/home/user/.local/share/pkgauth/credentials.json';
    expect(await resolveCredential(context, index)).toMatchObject({
      kind: 'session',
      service,
      store: 'pkgauth-file',
      origin: `${path}:4`,
      expiresAt: now + hour,
    });
  });
});

describe('a session', () => {
  it('is used while it is fresh, and refreshed five minutes before its end', async () => {
    const { context, server } = await scene(session(1));
    expect(text(await resolveCredential(context, index))).toBe('access-1');
    context.advance(hour - 301_000);
    expect(text(await resolveCredential(context, index))).toBe('access-1');
    expect(server.seen).toEqual([]);
    context.advance(2000);
    expect(text(await resolveCredential(context, index))).toBe('access-2');
    expect(text(await resolveCredential(context, index))).toBe('access-2');
    expect(server.seen).toEqual(['POST /auth/cli/refresh']);
    expect((await stored(context))?.refreshToken.reveal()).toBe('refresh-2');
    expect((await stored(context))?.expiresAt).toBe(context.now() + hour);
  });

  it('RM14 a thousand requests at once refresh it once', async () => {
    const { context, server } = await scene(expired(1));
    const answers = await Promise.all(Array.from({ length: 1000 }, () => resolveCredential(context, index)));
    expect(new Set(answers.map(text))).toEqual(new Set(['access-2']));
    expect(server.seen).toHaveLength(1);
  });

  it('LF22 fifty processes at once refresh it once', async () => {
    const { context, server } = await scene(expired(1));
    const processes = Array.from({ length: 50 }, () => another(context));
    const answers = await Promise.all(processes.map((each) => resolveCredential(each, index)));
    expect(new Set(answers.map(text))).toEqual(new Set(['access-2']));
    expect(server.seen).toHaveLength(1);
  });

  it('LF22 a loser does not delete what the winner stored, whoever that was', async () => {
    const { context, server } = await scene(expired(1));
    // uv, say, which took no lock of ours, was quicker: our answer is a refusal, the store is ahead.
    server.meanwhile = async () => {
      server.meanwhile = undefined;
      server.current = 5;
      await store(another(context), session(5));
    };
    expect(text(await resolveCredential(context, index))).toBe('access-5');
    expect((await stored(context))?.refreshToken.reveal()).toBe('refresh-5');
    expect((await stored(context))?.refusedAt).toBeUndefined();
  });

  it('LF24 is marked when the server refuses it, and nobody asks again until the next login', async () => {
    const { context, server } = await scene(expired(7));
    const first = resolveCredential(context, index);
    await expect(first).rejects.toMatchObject({
      code: 'login-needed',
      exitCode: 4,
      hint: 'pkgauth login packages.example.com',
    });
    expect((await stored(context))?.refusedAt).toBe(now);
    await expect(resolveCredential(another(context), index)).rejects.toMatchObject({ code: 'login-needed' });
    await expect(accessToken(another(context), service, { force: true })).rejects.toMatchObject({
      code: 'login-needed',
    });
    expect(server.seen).toHaveLength(1);
    server.current = 8;
    await store(context, session(8));
    expect(text(await resolveCredential(context, index))).toBe('access-8');
  });

  it.each([
    ['401 without a body', { status: 401, body: '' }],
    ['400 invalid_grant', { status: 400, body: '{"error":"invalid_grant"}' }],
  ])('LF24 %s means that it has ended', async (_, failure) => {
    const { context, server } = await scene(expired(1));
    server.failure = () => failure;
    await expect(resolveCredential(context, index)).rejects.toMatchObject({ code: 'login-needed' });
  });

  it.each([
    ['500', { status: 500, body: '' }, 'network', 3],
    ['503', { status: 503, body: '{"detail":"back soon"}' }, 'network', 3],
    ['429', { status: 429, body: '' }, 'network', 3],
    ['400 for another reason', { status: 400, body: '{"error":"invalid_request"}' }, 'failed', 1],
    ['403', { status: 403, body: '' }, 'not-allowed', 1],
    ['404', { status: 404, body: '' }, 'not-found', 1],
    ['a sign-in portal', { status: 200, body: '<html>' }, 'bad-response', 1],
    ['half a pair', { status: 200, body: '{"access_token":"a"}' }, 'bad-response', 1],
    ['numbers for tokens', { status: 200, body: '{"access_token":1,"refresh_token":2}' }, 'bad-response', 1],
  ] as const)('LF24 %s keeps it as it is', async (_, failure, code, requests) => {
    const { context, server } = await scene(expired(1));
    server.failure = () => failure;
    await expect(resolveCredential(context, index)).rejects.toMatchObject({ code });
    expect(server.seen).toHaveLength(requests);
    expect(await stored(context)).toEqual(expired(1));
    server.failure = undefined;
    expect(text(await resolveCredential(context, index))).toBe('access-2');
  });

  it('N04 LF21 survives an answer that was lost after the server had rotated', async () => {
    const { context, server } = await scene(expired(1));
    let cuts = 0;
    server.meanwhile = async () => {
      if (cuts++ < 2) throw new ClientError('network', 'the connection was cut');
    };
    expect(text(await resolveCredential(context, index))).toBe('access-2');
    expect(server.seen).toHaveLength(3);
  });

  it('is used a little longer when the server cannot be reached and it has not ended', async () => {
    const { context, server } = await scene(session(1));
    server.failure = () => ({ status: 503 });
    context.advance(hour - 60_000);
    expect(text(await resolveCredential(context, index))).toBe('access-1');
    expect(context.warnings.join()).toContain('still valid');
    context.advance(120_000);
    await expect(resolveCredential(context, index)).rejects.toMatchObject({ code: 'network' });
  });

  it('CS21 a logout beats a refresh that is under way: nothing is stored, and the new session is ended', async () => {
    const { context, server } = await scene(expired(1));
    server.meanwhile = async () => {
      server.meanwhile = undefined;
      expect((await (await openChain(another(context))).remove(service)).removed).toEqual(['pkgauth-file']);
    };
    await expect(resolveCredential(context, index)).rejects.toMatchObject({ code: 'login-needed' });
    expect(await stored(context)).toBeUndefined();
    expect(JSON.stringify([...context.fileContents])).not.toContain('access-');
    expect(server.seen).toEqual(['POST /auth/cli/refresh', 'GET /auth/cli/logout']);
  });

  it('CS21 a logout and a new login beat it, too', async () => {
    const { context, server } = await scene(expired(1));
    server.meanwhile = async () => {
      server.meanwhile = undefined;
      await (await openChain(another(context))).remove(service);
      await store(another(context), session(9));
    };
    expect(text(await resolveCredential(context, index))).toBe('access-9');
    expect((await stored(context))?.refreshToken.reveal()).toBe('refresh-9');
  });

  it.each([
    ['back by a year', -365 * 24 * hour],
    ['forward by ten years', 3650 * 24 * hour],
  ])('CS27 a clock that goes %s leads to one refresh', async (_, jump) => {
    const { context, server } = await scene(session(1));
    context.advance(jump);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(text(await resolveCredential(another(context), index))).toBe('access-2');
      context.advance(10_000);
    }
    expect(server.seen).toHaveLength(1);
  });

  it('CS27 is refreshed at most every 30 seconds, however short its tokens live', async () => {
    const { context, server } = await scene(expired(1));
    for (let second = 0; second < 60; second += 1) {
      await accessToken(another(context), service, { force: true });
      context.advance(1000);
    }
    expect(server.seen).toHaveLength(2);
  });

  it('does not ask a service with a path, or one that is no pkgauth service', async () => {
    const { context, server } = await scene(expired(1));
    server.failure = () => ({ status: 404, body: '<html>not here</html>' });
    await expect(resolveCredential(context, index)).rejects.toMatchObject({ code: 'not-found' });
    expect(server.seen).toEqual(['POST /auth/cli/refresh']);
  });

  it('works the same from every store that holds sessions', async () => {
    for (const name of ['os-keyring', 'pkgauth-file', 'pyx-tokens']) {
      const { context, server } = await scene(expired(1), {
        keyring: 'working',
        env: { PKGAUTH_STORE: name },
      });
      const processes = Array.from({ length: 10 }, () => another(context));
      const answers = await Promise.all(processes.map((each) => resolveCredential(each, index)));
      expect(new Set(answers.map((each) => `${each?.store} ${text(each)}`))).toEqual(
        new Set([`${name} access-2`]),
      );
      expect(server.seen, name).toHaveLength(1);
    }
  });
});

describe('an API key', () => {
  const apiKey = { kind: 'api-key', key: new Secret(key) } as const;

  it('is exchanged for an access token once, for all processes', async () => {
    const { context, server } = await scene(apiKey);
    const processes = Array.from({ length: 20 }, () => another(context));
    const answers = await Promise.all(processes.map((each) => resolveCredential(each, index)));
    expect(new Set(answers.map(text))).toEqual(new Set(['exchanged-2']));
    context.advance(hour);
    expect(text(await resolveCredential(another(context), index))).toBe('exchanged-3');
    expect(server.seen).toEqual(Array(2).fill('POST /auth/cli/access-token'));
  });

  it('LF23 is exchanged again when the token was refused', async () => {
    const { context } = await scene(apiKey);
    expect(text(await accessToken(context, service))).toBe('exchanged-2');
    context.advance(60_000);
    expect(text(await accessToken(context, service, { force: true }))).toBe('exchanged-3');
  });

  it('takes its token with it at a logout (CS21)', async () => {
    const { context } = await scene(apiKey);
    await resolveCredential(context, index);
    await (await openChain(context)).remove(service);
    expect(JSON.stringify([...context.fileContents])).not.toMatch(/exchanged|pka_/);
  });

  it('is reported when the server refuses it', async () => {
    const { context } = await scene({ kind: 'api-key', key: new Secret('pka_wrong') });
    await expect(resolveCredential(context, index)).rejects.toMatchObject({
      code: 'credential-refused',
      message: expect.not.stringContaining('pka_') as string,
    });
  });

  it('CS15 is exchanged by each process for itself where nothing can be written', async () => {
    const server = running();
    const env = { PKGAUTH_TOKEN: key, PKGAUTH_URL: service };
    const context = fakeContext({ now, respond: server.respond, env });
    const readOnly = (): Context => ({
      ...context,
      files: {
        ...context.files,
        withLock: async () => {
          throw new ClientError('store-unavailable', 'the file system is read-only');
        },
      },
    });
    expect(text(await resolveCredential(readOnly(), index))).toBe('exchanged-2');
    expect(text(await resolveCredential(readOnly(), index))).toBe('exchanged-3');
    const homeless = fakeContext({ now, home: null, respond: server.respond, env });
    expect(text(await resolveCredential(homeless, index))).toBe('exchanged-4');
  });

  it('survives a broken cache', async () => {
    const { context } = await scene(apiKey);
    await resolveCredential(context, index);
    const [path = ''] = [...context.fileContents.keys()].filter((name) => name.includes('access-tokens'));
    for (const broken of [
      '',
      '{',
      'null',
      '[]',
      '{"access_token":7}',
      '{"access_token":"x","received_at":"y"}',
    ]) {
      context.fileContents.set(path, broken);
      expect(text(await resolveCredential(another(context), index))).toMatch(/^exchanged-/);
    }
  });
});

describe('accessToken', () => {
  it('needs a login', async () => {
    const { context } = await scene({ kind: 'basic', username: 'ada', password: new Secret('pw') });
    await expect(accessToken(context, 'other.example.com')).rejects.toMatchObject({ code: 'login-needed' });
    await expect(accessToken(context, service)).rejects.toMatchObject({ code: 'login-needed' });
  });

  it('exchanges an API key that another tool keeps as the password of __token__', async () => {
    const { context } = await scene({ kind: 'basic', username: '__token__', password: new Secret(key) });
    expect(text(await accessToken(context, service))).toBe('exchanged-2');
  });

  it('sends any other password of __token__ as it is', async () => {
    const theirs = { kind: 'basic', username: '__token__', password: new Secret('pypi-x') } as const;
    const { context } = await scene(theirs);
    expect((await accessToken(context, service)).credential).toMatchObject({ kind: 'basic' });
  });

  it('LF23 replaces a token that looks fresh when told to', async () => {
    const { context, server } = await scene(session(1));
    context.advance(60_000);
    expect(text(await accessToken(context, service))).toBe('access-1');
    expect(text(await accessToken(context, service, { force: true }))).toBe('access-2');
    expect(server.seen).toHaveLength(1);
  });

  it('LF23 takes what another process has just fetched for a forced refresh', async () => {
    const { context, server } = await scene(session(1));
    context.advance(60_000);
    const forced = Array.from({ length: 20 }, () => accessToken(another(context), service, { force: true }));
    expect(new Set((await Promise.all(forced)).map(text))).toEqual(new Set(['access-2']));
    expect(server.seen).toHaveLength(1);
  });
});

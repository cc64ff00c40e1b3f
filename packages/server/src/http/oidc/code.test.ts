import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { request, system } from '../../core/core.fixture.ts';
import { openBrowser, type TestBrowser } from './browser.fixture.ts';
import { serveOidc, type TestOidc } from './oidc.fixture.ts';

let test: TestOidc;
let browser: TestBrowser;
beforeAll(async () => {
  test = await serveOidc();
  browser = await openBrowser(test);
});
afterAll(() => test.close());

const callback = 'http://127.0.0.1:43210/callback';
const options = { execute: [client.allowInsecureRequests], algorithm: 'oauth2' as const };
const discover = (id = 'pkgauth'): Promise<client.Configuration> =>
  client.discovery(new URL(test.origin), id, undefined, client.None(), { ...options, algorithm: 'oidc' });

type Started = { verifier: string; state: string; parameters: Record<string, string> };
async function parameters(change: Record<string, string | undefined> = {}): Promise<Started> {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const all: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: 'pkgauth',
    redirect_uri: callback,
    scope: 'openid profile offline_access',
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...change,
  };
  const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { verifier, state, parameters: Object.fromEntries(kept) };
}
const authorizeUrl = (query: Record<string, string>): string =>
  `${test.origin}/oauth2/authorize?${new URLSearchParams(query)}`;

/** A code, and the token request that redeems it. */
async function login(change: Record<string, string | undefined> = {}) {
  const started = await parameters(change);
  const sent = await browser.authorize(authorizeUrl(started.parameters));
  const form = {
    grant_type: 'authorization_code',
    client_id: started.parameters.client_id ?? '',
    code: sent.searchParams.get('code') ?? '',
    redirect_uri: started.parameters.redirect_uri ?? '',
    code_verifier: started.verifier,
  };
  return { ...started, sent, form };
}

const post = (
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${test.origin}${path}`, { method: 'POST', body: new URLSearchParams(form), headers });
const redeem = (form: Record<string, string>): Promise<Response> => post('/oauth2/token', form);
type Answer = Record<string, string> & { expires_in: number };
const answerOf = async (response: Response): Promise<Answer> => (await response.json()) as Answer;
const isGood = async (accessToken: string | undefined): Promise<boolean> =>
  (await test.core.verifier.verify(`Bearer ${accessToken}`)).ok;
const invalidGrant = { error: 'invalid_grant' };

describe('authorization code with openid-client', () => {
  it('logs in, reads userinfo, refreshes and revokes', async () => {
    const config = await discover();
    const verifier = client.randomPKCECodeVerifier();
    const nonce = client.randomNonce();
    const state = client.randomState();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid profile offline_access',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
    });
    const sent = await browser.authorize(url);
    expect(`${sent.origin}${sent.pathname}`).toBe(callback);
    expect(sent.searchParams.get('iss')).toBe(test.origin);
    const tokens = await client.authorizationCodeGrant(config, sent, {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state,
    });
    expect(tokens.claims()).toMatchObject({ sub: test.owner.id, iss: test.origin, aud: 'pkgauth' });
    expect(tokens.expires_in).toBe(3600);
    expect(await client.fetchUserInfo(config, tokens.access_token, test.owner.id)).toEqual({
      sub: test.owner.id,
      name: 'Olga Owner',
    });
    const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(await isGood(again.access_token)).toBe(true);
    await client.tokenRevocation(config, again.refresh_token ?? '');
    expect(await isGood(again.access_token)).toBe(false);
    expect(await isGood(tokens.access_token)).toBe(false);
    await expect(client.refreshTokenGrant(config, again.refresh_token ?? '')).rejects.toMatchObject(
      invalidGrant,
    );
  });

  it('keeps the scope that was asked for, and takes it again at a refresh as other libraries send it', async () => {
    const { form } = await login({ scope: 'openid profile email offline_access' });
    const tokens = await answerOf(await redeem(form));
    expect(tokens.scope).toBe('openid profile offline_access');
    const repeat = {
      grant_type: 'refresh_token',
      client_id: 'pkgauth',
      refresh_token: tokens.refresh_token ?? '',
    };
    const again = await redeem({ ...repeat, scope: 'openid profile email offline_access' });
    expect([again.status, (await answerOf(again)).scope]).toEqual([200, 'openid profile offline_access']);
    const wider = await redeem({ ...repeat, scope: 'openid channel:upload' });
    expect([wider.status, (await answerOf(wider)).error]).toEqual([400, 'invalid_scope']);
  });

  it('sends the browser back with access_denied when the person says no', async () => {
    const { parameters: query } = await parameters();
    const sent = await browser.authorize(authorizeUrl(query), 'deny');
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      error: 'access_denied',
      state: query.state,
      iss: test.origin,
    });
  });

  it('opens a session that the person can see and end', async () => {
    const { form } = await login();
    const tokens = await answerOf(await redeem(form));
    const [session] = (await test.core.sessions.listOfUser(test.owner.id)).toReversed();
    expect(session).toMatchObject({ clientId: 'pkgauth', door: 'oauth', label: 'node', revokedAt: null });
    await test.core.sessions.revoke(session?.id ?? '', test.owner.id, 'test', system);
    expect(await isGood(tokens.access_token)).toBe(false);
  });

  it('answers prompt=none with login_required and asks again for max_age and prompt=login', async () => {
    const none = await parameters({ prompt: 'none' });
    const sent = new URL((await browser.get(authorizeUrl(none.parameters))).headers.get('Location') ?? '');
    expect(sent.searchParams.get('error')).toBe('login_required');
    const again = await parameters({ prompt: 'login' });
    const page = (await browser.get(authorizeUrl(again.parameters))).headers.get('Location') ?? '';
    const uid = page.split('/').at(-1) ?? '';
    const view = await test.oidc.authorizations.show(uid, browser.cookies);
    expect(view?.signedInAfter).toBeGreaterThan(0);
  });
});

describe('what asks', () => {
  it('OA22 the page is told client, access and where the answer goes; another browser is told nothing', async () => {
    const started = await parameters({ scope: 'openid unknown channel:read', login_hint: 'me@example.com' });
    const page = (await browser.get(authorizeUrl(started.parameters))).headers.get('Location') ?? '';
    const uid = page.split('/').at(-1) ?? '';
    expect(page).toBe(`/oauth2/interaction/${uid}`);
    expect(await test.oidc.authorizations.show(uid, browser.cookies)).toEqual({
      client: { id: 'pkgauth', name: 'pkgauth' },
      scope: ['openid', 'channel:read'],
      redirectOrigin: 'http://127.0.0.1:43210',
      signedInAfter: null,
      loginHint: 'me@example.com',
    });
    const other = await openBrowser(test);
    expect(await test.oidc.authorizations.show(uid, other.cookies)).toBeUndefined();
    expect(
      await test.oidc.authorizations.approve(uid, other.cookies, other.signedIn, request()),
    ).toBeUndefined();
  });
});

describe('redirect addresses', () => {
  it.each([
    'http://127.0.0.1:1/callback/',
    'http://127.0.0.1:1/Callback',
    'http://127.0.0.1:1/callback?x=1',
    'http://127.0.0.1:1/callback#x',
    'http://127.0.0.1:1/other/../callback',
    'http://user@127.0.0.1:1/callback',
    'http://127.0.0.1.nip.io:1/callback',
    'http://127.0.0.2:1/callback',
    'http://localhost:1/callback',
    'http://example.com/callback',
    'https://127.0.0.1:1/callback',
    'http://127.0.0.1:1\\@example.com/callback',
    '//127.0.0.1/callback',
    'javascript:alert(1)',
    'http://127.0.0.1:1/callback%20',
    '',
  ])('OA01 %s gets a page and no redirect, and is recorded', async (redirect_uri) => {
    const { parameters: query } = await parameters({ redirect_uri });
    const answer = await browser.get(authorizeUrl(query));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Location')).toBeNull();
    expect(answer.headers.get('Content-Type')).toContain('text/html');
    await expect
      .poll(async () => (await test.storage.audit.list({ limit: 1 }))[0]?.action)
      .toBe('authorization.refuse');
  });

  it.each([
    ['pkgauth', 'http://127.0.0.1:1/callback'],
    ['pkgauth', 'http://127.0.0.1:65535/callback'],
    ['pkgauth', 'http://[::1]:8080/callback'],
    ['rattler', 'http://127.0.0.1:40000'],
    ['rattler', 'http://127.0.0.1:40000/'],
    ['pixi', 'http://[::1]:40000'],
    ['rattler-build', 'http://127.0.0.1:40000'],
  ])('OA02 %s may be called back at %s', async (client_id, redirect_uri) => {
    const { form } = await login({ client_id, redirect_uri });
    const answer = await redeem(form);
    expect(answer.status).toBe(200);
  });

  it('OA01 an unknown client gets a page', async () => {
    const { parameters: query } = await parameters({ client_id: 'nobody' });
    const answer = await browser.get(authorizeUrl(query));
    expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
  });
});

describe('PKCE', () => {
  it.each([
    ['none', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['a short challenge', { code_challenge: 'abc' }],
  ])('OA03 %s is refused before anybody is asked', async (_, change) => {
    const { parameters: query } = await parameters(change);
    const sent = new URL((await browser.get(authorizeUrl(query))).headers.get('Location') ?? '');
    expect(sent.searchParams.get('error')).toBe('invalid_request');
  });

  it.each([
    ['missing', ''],
    ['short', 'abc'],
    ['long', 'a'.repeat(129)],
    ['another', client.randomPKCECodeVerifier()],
  ])('OA03 a verifier that is %s is refused', async (_, code_verifier) => {
    const { form } = await login();
    const answer = await redeem({ ...form, code_verifier });
    expect(answer.status).toBe(400);
    expect((await answerOf(answer)).error).toMatch(/^invalid_(grant|request)$/);
    expect((await redeem(form)).status).toBe(200);
  });
});

describe('codes', () => {
  it('OA04 a code used twice ends what the first use opened', async () => {
    const { form } = await login();
    const first = await answerOf(await redeem(form));
    const other = await answerOf(await redeem((await login()).form));
    expect(await isGood(first.access_token)).toBe(true);
    const second = await redeem(form);
    expect(second.status).toBe(400);
    expect(await answerOf(second)).toMatchObject(invalidGrant);
    expect(await isGood(first.access_token)).toBe(false);
    const refreshed = await redeem({
      grant_type: 'refresh_token',
      client_id: 'pkgauth',
      refresh_token: first.refresh_token ?? '',
    });
    expect(await answerOf(refreshed)).toMatchObject(invalidGrant);
    expect(await isGood(other.access_token)).toBe(true);
  });

  it.each([
    ['verifier', { code_verifier: client.randomPKCECodeVerifier() }],
    ['client', { client_id: 'pixi' }],
    ['redirect address', { redirect_uri: 'http://127.0.0.1:1/callback' }],
  ])('OA04 a replay with a wrong %s ends nothing', async (_, wrong) => {
    const { form } = await login();
    const first = await answerOf(await redeem(form));
    expect((await redeem({ ...form, ...wrong })).status).toBe(400);
    expect(await isGood(first.access_token)).toBe(true);
  });

  it('OA05 code used 50 times in parallel: exactly one success', async () => {
    const { form } = await login();
    const before = (await test.core.sessions.listOfUser(test.owner.id)).length;
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(form)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status !== 200 && status !== 400)).toEqual([]);
    const sessions = await test.core.sessions.listOfUser(test.owner.id);
    expect(sessions.length - before).toBe(1);
  });

  it('OA06 a code of another client or redirect address is refused', async () => {
    const { form } = await login();
    for (const wrong of [{ client_id: 'pixi' }, { redirect_uri: 'http://127.0.0.1:9/callback' }]) {
      const answer = await redeem({ ...form, ...wrong });
      expect([answer.status, (await answerOf(answer)).error]).toEqual([400, 'invalid_grant']);
    }
    expect((await redeem(form)).status).toBe(200);
  });

  it('OA07 a code is good for 60 seconds and no longer', async () => {
    const [early, late] = [await login(), await login()];
    const now = Date.now();
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: now + 55_000 });
      expect((await redeem(early.form)).status).toBe(200);
      vi.setSystemTime(now + 61_000);
      expect(await answerOf(await redeem(late.form))).toMatchObject(invalidGrant);
    } finally {
      vi.useRealTimers();
    }
  });

  it('OA19 a user who was disabled between approval and redemption is refused', async () => {
    const user = await test.addUser('leaver@example.com', 'member');
    const own = await openBrowser(test, user);
    const { verifier, parameters: query } = await parameters();
    const sent = await own.authorize(authorizeUrl(query));
    await test.core.users.disable(user.id, system);
    const answer = await redeem({
      grant_type: 'authorization_code',
      client_id: 'pkgauth',
      code: sent.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
    });
    expect([answer.status, (await answerOf(answer)).error]).toEqual([400, 'invalid_grant']);
    expect(await test.core.sessions.listOfUser(user.id)).toEqual([]);
  });
});

describe('requests', () => {
  it('OA08 duplicate parameters, arrays and large values are refused', async () => {
    const { parameters: query } = await parameters();
    const twice = await browser.get(`${authorizeUrl(query)}&scope=openid`);
    expect(new URL(twice.headers.get('Location') ?? '').searchParams.get('error')).toBe('invalid_request');
    const { form } = await login();
    const body = `${new URLSearchParams(form)}&code=${form.code}`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${test.origin}/oauth2/token`, { method: 'POST', body, headers });
    expect([answer.status, (await answerOf(answer)).error]).toEqual([400, 'invalid_request']);
    const large = await redeem({ ...form, code: 'x'.repeat(100_000) });
    expect(large.status).toBe(400);
    expect((await redeem(form)).status).toBe(200);
  });

  it('OA18 a client that is not registered may not redeem anything', async () => {
    const answer = await redeem({ grant_type: 'refresh_token', client_id: 'nobody', refresh_token: 'x' });
    expect([answer.status, (await answerOf(answer)).error]).toEqual([401, 'invalid_client']);
  });

  it('OA35 token answers are not stored anywhere, and redirects after forms are 303', async () => {
    const { parameters: query } = await parameters();
    expect((await browser.get(authorizeUrl(query))).status).toBe(303);
    const answer = await redeem((await login()).form);
    expect(answer.headers.get('Cache-Control')).toContain('no-store');
  });

  it('OA34 nobody can register a client', async () => {
    expect((await post('/oauth2/register', { redirect_uris: callback })).status).toBe(404);
    const metadata = await fetch(`${test.origin}/.well-known/openid-configuration`);
    expect(await metadata.text()).not.toContain('registration_endpoint');
  });

  it('answers other methods with 405', async () => {
    expect((await fetch(`${test.origin}/oauth2/token`)).status).toBe(405);
    expect((await post('/oauth2/authorize', {})).status).toBe(405);
  });

  it('AK01 codes, interactions and device codes are stored as hashes', async () => {
    const { form } = await login();
    expect(await test.storage.oidcArtifacts.get('AuthorizationCode', form.code)).toBeUndefined();
    const id = test.crypto.sha256(`AuthorizationCode:${form.code}`);
    const artifact = await test.storage.oidcArtifacts.get('AuthorizationCode', id);
    expect(artifact).toBeDefined();
    expect(JSON.stringify(artifact)).not.toContain(form.code);
  });
});

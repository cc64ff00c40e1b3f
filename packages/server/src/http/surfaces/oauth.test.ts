import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuer, openTestCore, request, system, type TestCore } from '../../core/core.fixture.ts';
import { StorageError } from '../../core/ports/index.ts';
import type { IssuedTokens } from '../../core/services.ts';
import { serveOidc, type TestOidc } from '../oidc/oidc.fixture.ts';
import { composeParts } from '../service.fixture.ts';
import { oauthSurface } from './oauth.ts';

let test: TestOidc;
beforeAll(async () => {
  test = await serveOidc();
});
afterAll(() => test.close());

const login = (core: TestCore = test, scope = 'openid profile'): Promise<IssuedTokens> =>
  core.core.sessions.open({
    userId: core.owner.id,
    clientId: 'pkgauth',
    door: 'oauth',
    scope,
    request: request(),
  });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(test.origin + path, { headers });
const post = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(test.origin + path, { method: 'POST', body: new URLSearchParams(form) });
const jsonOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

/** `fetch` does not let anybody choose these headers. */
const getWith = (path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(test.origin);
    const sent = httpRequest({ hostname, port, path, headers }, async (answer) => {
      const parts = await Array.fromAsync(answer, String);
      resolve({ status: answer.statusCode ?? 0, text: parts.join('') + JSON.stringify(answer.headers) });
    });
    sent.on('error', reject).end();
  });

describe('metadata', () => {
  it('is one document at both addresses, cacheable, readable from anywhere', async () => {
    const openid = await get('/.well-known/openid-configuration');
    expect(openid.headers.get('Cache-Control')).toBe('public, max-age=300');
    expect(openid.headers.get('Access-Control-Allow-Origin')).toBe('*');
    const document = await jsonOf(openid);
    expect(await jsonOf(await get('/.well-known/oauth-authorization-server'))).toEqual(document);
    expect(document).toMatchObject({ issuer: test.origin, code_challenge_methods_supported: ['S256'] });
    // What the openidconnect crate of rattler insists on.
    for (const member of [
      'authorization_endpoint',
      'jwks_uri',
      'response_types_supported',
      'subject_types_supported',
      'id_token_signing_alg_values_supported',
    ]) {
      expect(document).toHaveProperty(member);
    }
    expect(await jsonOf(await get('/.well-known/oauth-protected-resource'))).toMatchObject({
      resource: test.origin,
      authorization_servers: [test.origin],
    });
  });

  it('names endpoints that are there', async () => {
    const document = await jsonOf(await get('/.well-known/openid-configuration'));
    const endpoints = Object.entries(document).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(endpoints).toHaveLength(6);
    for (const [, url] of endpoints) {
      const answer = await fetch(String(url), { method: 'POST' });
      const other = await fetch(String(url), { redirect: 'manual' });
      expect([answer.status, other.status], String(url)).not.toEqual([404, 404]);
    }
  });

  it.each([
    { Host: 'evil.example.com' },
    { 'X-Forwarded-Host': 'evil.example.com' },
    { Forwarded: 'host=evil.example.com;proto=https' },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example.com' },
  ])('OA30 %j moves no address', async (headers) => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'pkgauth',
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
      scope: 'openid',
    });
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource',
      `/oauth2/authorize?${query}`,
    ]) {
      const { status, text } = await getWith(path, headers as unknown as Record<string, string>);
      expect(status).toBeLessThan(400);
      expect(text).not.toContain('evil.example.com');
      expect(text).not.toContain('https://127.0.0.1');
    }
    const device = await fetch(`${test.origin}/oauth2/device/code`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'pixi' }),
      headers: headers as unknown as Record<string, string>,
    });
    expect(await device.text()).not.toContain('evil.example.com');
  });

  it('publishes public keys only, of both algorithms', async () => {
    const { keys } = (await jsonOf(await get('/.well-known/jwks.json'))) as {
      keys: Record<string, string>[];
    };
    expect(keys.map((key) => key.alg).toSorted()).toEqual(['ES256', 'RS256']);
    for (const key of keys) expect(Object.keys(key)).not.toContain('d');
  });
});

describe('userinfo', () => {
  it('OA29 says who a login with the scope openid belongs to, and no more than was asked for', async () => {
    const named = await login();
    const bare = await login(test, 'openid');
    const none = await login(test, 'channel:read');
    const bearer = (tokens: IssuedTokens) => ({ Authorization: `Bearer ${tokens.accessToken}` });
    expect(await jsonOf(await get('/oauth2/userinfo', bearer(named)))).toEqual({
      sub: test.owner.id,
      name: 'Olga Owner',
    });
    expect(await jsonOf(await get('/oauth2/userinfo', bearer(bare)))).toEqual({ sub: test.owner.id });
    expect((await get('/oauth2/userinfo', bearer(none))).status).toBe(403);
  });

  it('OA29 is 401 without a token, with a revoked one, and 403 with a key', async () => {
    expect((await get('/oauth2/userinfo')).status).toBe(401);
    const { accessToken, sessionId } = await login();
    await test.core.sessions.revoke(sessionId, test.owner.id, 'test', system);
    expect((await get('/oauth2/userinfo', { Authorization: `Bearer ${accessToken}` })).status).toBe(401);
    const owner = { kind: 'user', id: test.owner.id } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'ci', validityDays: 7 },
      system,
    );
    expect((await get('/oauth2/userinfo', { Authorization: `Bearer ${key}` })).status).toBe(403);
  });
});

describe('revocation', () => {
  const isGood = async (tokens: IssuedTokens): Promise<boolean> =>
    (await test.core.verifier.verify(`Bearer ${tokens.accessToken}`)).ok;

  it('ends the login by its refresh token or by its access token', async () => {
    for (const which of ['refreshToken', 'accessToken'] as const) {
      const tokens = await login();
      const answer = await post('/oauth2/revoke', { token: tokens[which], client_id: 'pkgauth' });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
      expect(await isGood(tokens)).toBe(false);
    }
  });

  it('is 200 for what is unknown and changes nothing for another client', async () => {
    const tokens = await login();
    expect((await post('/oauth2/revoke', { token: 'pkr_unknown', client_id: 'pkgauth' })).status).toBe(200);
    expect((await post('/oauth2/revoke', { token: tokens.refreshToken, client_id: 'pixi' })).status).toBe(
      200,
    );
    expect(await isGood(tokens)).toBe(true);
  });

  it.each([
    [{ token: 'x' }, 401, 'invalid_client'],
    [{ token: 'x', client_id: 'nobody' }, 401, 'invalid_client'],
    [{ token: 'x', client_id: '__proto__' }, 401, 'invalid_client'],
    [{ client_id: 'pkgauth' }, 400, 'invalid_request'],
  ])('refuses %j', async (form, status, error) => {
    const answer = await post('/oauth2/revoke', form as unknown as Record<string, string>);
    expect([answer.status, (await jsonOf(answer)).error]).toEqual([status, error]);
  });

  it('OA16 is 503 and never 200 when the storage fails', async () => {
    const core = await openTestCore();
    const tokens = await login(core);
    const failing = {
      ...core.core.sessions,
      revokeByRefreshToken: () => Promise.reject(new StorageError('unavailable', 'disk is full')),
    };
    const surface = oauthSurface({ ...core.core, sessions: failing, storage: core.storage, origin: issuer });
    const answer = await composeParts(issuer, [surface]).app.request('/oauth2/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token: tokens.refreshToken, client_id: 'pkgauth' }),
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).not.toBeNull();
    await core.close();
  });
});

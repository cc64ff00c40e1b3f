import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuer, openTestCore, request, settle, system, type TestCore } from '../../core/core.fixture.ts';
import type { IssuedTokens, SignedInBrowser } from '../../core/services.ts';
import type { HttpEnv } from '../environment.ts';
import { composeParts } from '../service.fixture.ts';
import { pyxSurface } from './pyx.ts';

let test: TestCore;
let app: Hono<HttpEnv>;
beforeEach(async () => {
  test = await openTestCore();
  app = composeParts(issuer, [pyxSurface({ ...test.core, timers: test.clock })]).app;
});
afterEach(() => test.close());

const login = (): Promise<IssuedTokens> =>
  test.core.sessions.open({
    userId: test.owner.id,
    clientId: 'uv',
    door: 'pyx',
    scope: 'openid',
    request: request(),
  });
const post = async (
  path: string,
  body: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> =>
  app.request(path, { method: 'POST', ...(body === undefined ? {} : { body: Buffer.from(body) }), headers });
const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  app.request(path, { headers });
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const fieldsOf = async (response: Response): Promise<Record<string, string>> =>
  (await response.json()) as Record<string, string>;

describe('POST /auth/cli/refresh', () => {
  it.each([
    ['JSON without a Content-Type, as uv', (token: string) => JSON.stringify({ refresh_token: token }), {}],
    [
      'JSON as a form, as curl -d',
      (token: string) => JSON.stringify({ refresh_token: token }),
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    ],
    [
      'JSON with a charset',
      (token: string) => ` {"refresh_token": "${token}", "more": 1}`,
      { 'Content-Type': 'application/json; charset=utf-8' },
    ],
    [
      'a form',
      (token: string) => new URLSearchParams({ refresh_token: token }).toString(),
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    ],
  ])('OA36 takes %s', async (_, body, headers) => {
    const { refreshToken } = await login();
    const answer = await post('/auth/cli/refresh', body(refreshToken), headers as Record<string, string>);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const pair = await fieldsOf(answer);
    expect(Object.keys(pair).toSorted()).toEqual(['access_token', 'refresh_token']);
    expect((await test.core.verifier.verify(`Bearer ${pair.access_token}`)).ok).toBe(true);
  });

  it.each([
    ['nothing', '', 400],
    ['an array', '["pkr_x"]', 400],
    ['a number', '{"refresh_token": 5}', 400],
    ['another field', '{"token": "pkr_x"}', 400],
    ['a field of the prototype', '{"__proto__": {"refresh_token": "x"}}', 400],
    ['broken JSON', '{"refresh_token": "x"', 400],
    ['a field twice', 'refresh_token=a&refresh_token=b', 400],
    ['no UTF-8', Buffer.from([0x7b, 0xff]).toString('latin1'), 400],
    ['depth', `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`, 400],
    ['many keys', `{${Array.from({ length: 100_000 }, (_, key) => `"${key}":1`).join()}}`, 413],
    ['five megabytes', `{"refresh_token": "${'x'.repeat(5_000_000)}"}`, 413],
  ])('OA36 refuses %s', async (_, body, status) => {
    expect((await post('/auth/cli/refresh', body)).status).toBe(status);
  });

  it('OA36 refuses packed bodies', async () => {
    expect((await post('/auth/cli/refresh', '{}', { 'Content-Encoding': 'gzip' })).status).toBe(415);
  });

  it('answers 401 when the login has ended, which makes uv log in again', async () => {
    const { refreshToken, sessionId } = await login();
    await test.core.sessions.revoke(sessionId, test.owner.id, 'test', system);
    const answer = await post('/auth/cli/refresh', JSON.stringify({ refresh_token: refreshToken }));
    expect(answer.status).toBe(401);
    expect(await fieldsOf(answer)).toMatchObject({ code: 'invalid-grant', detail: 'The login was revoked' });
    expect((await post('/auth/cli/refresh', '{"refresh_token": "rt_unknown"}')).status).toBe(401);
  });

  it('OA12 answers a repeat after a lost answer with the same pair', async () => {
    const { refreshToken } = await login();
    const body = JSON.stringify({ refresh_token: refreshToken });
    const [first, second] = [await post('/auth/cli/refresh', body), await post('/auth/cli/refresh', body)];
    expect(await fieldsOf(second)).toEqual(await fieldsOf(first));
  });

  it('N03 lets uv read its file before the one that refreshes overwrites it', async () => {
    const { refreshToken } = await login();
    let answered = false;
    const answer = post('/auth/cli/refresh', JSON.stringify({ refresh_token: refreshToken }), {
      'User-Agent': 'uv/0.12.6 {}',
    }).then((response) => {
      answered = true;
      return response.status;
    });
    await settle();
    expect(answered).toBe(false);
    await test.clock.advance(200);
    expect(await answer).toBe(200);
  });
});

describe('POST /auth/cli/access-token', () => {
  it('exchanges a key, without any body', async () => {
    const owner = { kind: 'user', id: test.owner.id } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'ci', validityDays: 7 },
      system,
    );
    const answer = await post('/auth/cli/access-token', undefined, bearer(key));
    expect(answer.status).toBe(200);
    const { access_token, ...rest } = await fieldsOf(answer);
    expect(rest).toEqual({});
    expect((await test.core.verifier.verify(`Bearer ${access_token}`)).ok).toBe(true);
  });

  it('refuses everything else with 401 and a challenge', async () => {
    const { accessToken } = await login();
    for (const headers of [{}, bearer('pka_wrong'), bearer(accessToken), { Authorization: 'Basic x' }]) {
      const answer = await post('/auth/cli/access-token', undefined, headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
    }
  });
});

describe('GET /auth/cli/logout', () => {
  it('ends the login, also with a token that expired long ago, and again', async () => {
    const { accessToken, refreshToken } = await login();
    await test.clock.advance(3 * 3600_000);
    expect((await get('/auth/cli/logout', bearer(accessToken))).status).toBe(200);
    expect((await get('/auth/cli/logout', bearer(accessToken))).status).toBe(200);
    expect((await post('/auth/cli/refresh', JSON.stringify({ refresh_token: refreshToken }))).status).toBe(
      401,
    );
  });

  it('is 401 for what is not ours only', async () => {
    const { accessToken } = await login();
    expect((await get('/auth/cli/logout')).status).toBe(401);
    expect((await get('/auth/cli/logout', bearer(`${accessToken.slice(0, -3)}AAA`))).status).toBe(401);
    expect((await get('/auth/cli/logout', bearer('pka_x'))).status).toBe(401);
    const owner = { kind: 'user', id: test.owner.id } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'ci', validityDays: 7 },
      system,
    );
    expect((await get('/auth/cli/logout', bearer(key))).status).toBe(200);
    expect((await test.core.verifier.verify(`Bearer ${key}`)).ok).toBe(true);
  });
});

describe('GET /auth/cli/status', () => {
  it('is 404 while pending, 200 with the pair once approved, then 404; 403 when denied', async () => {
    const { secret } = await test.core.browserSessions.open(test.owner.id, undefined, request());
    const browser = (await test.core.browserSessions.find(secret)) as SignedInBrowser;
    const uuid = randomUUID();
    const pollOnce = async (): Promise<Response> => {
      const answer = app.request(`/auth/cli/status/${uuid}`, { signal: AbortSignal.timeout(30_000) });
      for (let second = 0; second < 12; second += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        await test.clock.advance(1_000);
      }
      return answer;
    };
    expect((await pollOnce()).status).toBe(404);
    await test.core.pyxLogins.show(uuid, browser, request());
    await test.core.pyxLogins.approve(uuid, browser, request());
    const approved = await get(`/auth/cli/status/${uuid}`);
    expect(approved.status).toBe(200);
    expect(Object.keys(await fieldsOf(approved)).toSorted()).toEqual(['access_token', 'refresh_token']);
    expect((await get(`/auth/cli/status/${uuid}`)).status).toBe(404);
    const other = randomUUID();
    await test.core.pyxLogins.poll(other, request(), AbortSignal.abort());
    await test.core.pyxLogins.show(other, browser, request());
    await test.core.pyxLogins.deny(other, browser, request());
    expect((await get(`/auth/cli/status/${other}`)).status).toBe(403);
  });
});

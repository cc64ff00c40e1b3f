import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuer, openTestCore, request, system, type TestCore } from '../../core/core.fixture.ts';
import type { User } from '../../core/model.ts';
import type { IssuedTokens } from '../../core/services.ts';
import type { HttpEnv } from '../environment.ts';
import { composeParts } from '../service.fixture.ts';
import { apiSurface } from './api.ts';

let test: TestCore;
let app: Hono<HttpEnv>;
beforeEach(async () => {
  test = await openTestCore();
  app = composeParts(issuer, [apiSurface({ ...test.core, storage: test.storage })]).app;
});
afterEach(() => test.close());

const login = (user: User = test.owner, scope = 'openid'): Promise<IssuedTokens> =>
  test.core.sessions.open({ userId: user.id, clientId: 'pkgauth', door: 'oauth', scope, request: request() });
const call = async (method: string, path: string, token?: string, body?: unknown): Promise<Response> =>
  app.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const jsonOf = async (response: Response): Promise<any> => response.json();

describe('GET /api/v1/whoami', () => {
  it('says who, where and with what', async () => {
    const { accessToken } = await login();
    const answer = await call('GET', '/api/v1/whoami', accessToken);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(await jsonOf(answer)).toEqual({
      user: { id: test.owner.id, email: 'owner@example.com', name: 'Olga Owner' },
      organizations: [{ slug: 'acme', title: 'Acme Inc', role: 'owner' }],
      credential: { kind: 'access-token', expires_at: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
  });

  it('answers service accounts', async () => {
    await test.storage.serviceAccounts.insert({
      id: 'sva_1',
      orgId: test.acme.id,
      name: 'robot',
      createdAt: 0,
      disabledAt: null,
    });
    const owner = { kind: 'service-account', id: 'sva_1' } as const;
    const { key } = await test.core.apiKeys.create(
      { owner, orgId: test.acme.id, name: 'r', validityDays: 30 },
      system,
    );
    expect(await jsonOf(await call('GET', '/api/v1/whoami', key))).toMatchObject({
      service_account: { id: 'sva_1', name: 'robot' },
      organizations: [{ slug: 'acme', title: 'Acme Inc', role: null }],
      credential: { kind: 'api-key' },
    });
  });

  it('is 401 without a credential', async () => {
    const answer = await call('GET', '/api/v1/whoami');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
  });
});

describe('API keys', () => {
  it('are made, listed and revoked', async () => {
    const { accessToken } = await login();
    const made = await call('POST', '/api/v1/api-keys', accessToken, {
      organization: 'acme',
      name: 'ci',
      validity_days: 7,
    });
    expect(made.status).toBe(201);
    const { id, key, expires_at } = await jsonOf(made);
    expect(Date.parse(expires_at)).toBe(test.clock.now() + 7 * 24 * 3600_000);
    expect((await call('GET', '/api/v1/whoami', key)).status).toBe(200);
    const { api_keys } = await jsonOf(await call('GET', '/api/v1/api-keys', accessToken));
    expect(api_keys).toMatchObject([{ id, name: 'ci', organization: 'acme', last_used_at: null }]);
    expect(JSON.stringify(api_keys)).not.toContain('pka_');
    expect((await call('DELETE', `/api/v1/api-keys/${id}`, accessToken)).status).toBe(204);
    expect((await call('GET', '/api/v1/whoami', key)).status).toBe(401);
    expect((await jsonOf(await call('GET', '/api/v1/api-keys', accessToken))).api_keys).toEqual([]);
  });

  it('have a default name and are valid for a year by default', async () => {
    const { accessToken } = await login();
    const made = await jsonOf(await call('POST', '/api/v1/api-keys', accessToken, { organization: 'acme' }));
    expect(made.name).toBe('API key');
    expect(Date.parse(made.expires_at)).toBe(test.clock.now() + 365 * 24 * 3600_000);
  });

  it('AD03 whoever carries no credential hears that first, whatever the body', async () => {
    expect((await call('POST', '/api/v1/api-keys', undefined, {})).status).toBe(401);
    expect((await call('POST', '/api/v1/api-keys', 'pka_wrong', { organization: 'acme' })).status).toBe(401);
  });

  it('AK06 belong to the caller, whatever the body says', async () => {
    const other = await test.addUser('other@example.com', 'owner');
    const { accessToken } = await login(await test.addUser('me@example.com', 'member'));
    await test.clock.advance(1000);
    const made = await call('POST', '/api/v1/api-keys', accessToken, {
      organization: 'acme',
      userId: other.id,
      owner: { kind: 'user', id: other.id },
      orgId: 'org_other',
      permissions: ['owner'],
      role: 'owner',
    });
    const { key } = await jsonOf(made);
    const { user, organizations } = await jsonOf(await call('GET', '/api/v1/whoami', key));
    expect([user.email, organizations]).toEqual([
      'me@example.com',
      [{ slug: 'acme', title: 'Acme Inc', role: 'member' }],
    ]);
    expect(await test.core.apiKeys.listOfOwner(other.id)).toEqual([]);
  });

  it("AK07 another person's are 404, as are those that never were", async () => {
    const mine = await login();
    const theirs = await login(await test.addUser('other@example.com', 'owner'));
    const { id, key } = await jsonOf(
      await call('POST', '/api/v1/api-keys', mine.accessToken, { organization: 'acme' }),
    );
    for (const path of [`/api/v1/api-keys/${id}`, '/api/v1/api-keys/key_none']) {
      expect((await call('DELETE', path, theirs.accessToken)).status).toBe(404);
    }
    expect((await call('GET', '/api/v1/whoami', key)).status).toBe(200);
  });

  it('AK08 a key cannot make, list or revoke keys or logins, nor can what it is exchanged for', async () => {
    const { accessToken } = await login();
    const { id, key } = await jsonOf(
      await call('POST', '/api/v1/api-keys', accessToken, { organization: 'acme' }),
    );
    const exchanged = await test.core.apiKeys.exchange(`Bearer ${key}`, request());
    for (const token of [key, exchanged.accessToken]) {
      for (const [method, path, body] of [
        ['POST', '/api/v1/api-keys', { organization: 'acme' }],
        ['GET', '/api/v1/api-keys'],
        ['DELETE', `/api/v1/api-keys/${id}`],
        ['GET', '/api/v1/sessions'],
        ['DELETE', '/api/v1/sessions/ses_1'],
      ] as const) {
        expect((await call(method, path, token, body)).status, `${method} ${path}`).toBe(403);
      }
    }
    expect((await call('DELETE', '/api/v1/session', key)).status).toBe(403);
  });

  it('OA17 a login that may only read cannot make one', async () => {
    const { accessToken } = await login(test.owner, 'channel:read');
    expect((await call('POST', '/api/v1/api-keys', accessToken, { organization: 'acme' })).status).toBe(403);
  });

  it('AD03 of an organization that is not yours are 404, like of one that is not there', async () => {
    const { accessToken } = await login(await test.addUser('stranger@example.com'));
    for (const organization of ['acme', 'nowhere', 'constructor']) {
      const answer = await call('POST', '/api/v1/api-keys', accessToken, { organization });
      expect([organization, answer.status]).toEqual([organization, 404]);
    }
  });

  it.each([
    [{}, 400],
    [{ organization: 5 }, 400],
    [{ organization: 'acme', validity_days: 8 }, 400],
    [{ organization: 'acme', validity_days: '7' }, 400],
    [{ organization: 'acme', name: '' }, 400],
    [{ organization: 'acme', name: 'x'.repeat(101) }, 400],
    [[], 400],
  ])('refuse %j', async (body, status) => {
    const { accessToken } = await login();
    expect((await call('POST', '/api/v1/api-keys', accessToken, body)).status).toBe(status);
  });
});

describe('logins', () => {
  it('are listed and ended', async () => {
    const [mine, other] = [await login(), await login()];
    const { sessions } = await jsonOf(await call('GET', '/api/v1/sessions', mine.accessToken));
    expect(sessions).toHaveLength(2);
    expect(sessions.find((one: { id: string }) => one.id === mine.sessionId)).toMatchObject({
      client: 'pkgauth',
      label: 'uv 0.12.6',
      current: true,
    });
    expect((await call('DELETE', `/api/v1/sessions/${other.sessionId}`, mine.accessToken)).status).toBe(204);
    expect((await call('GET', '/api/v1/whoami', other.accessToken)).status).toBe(401);
    expect((await call('DELETE', '/api/v1/session', mine.accessToken)).status).toBe(204);
    expect((await call('GET', '/api/v1/whoami', mine.accessToken)).status).toBe(401);
  });

  it("AD03 another person's are 404", async () => {
    const mine = await login();
    const theirs = await login(await test.addUser('other@example.com', 'owner'));
    expect((await call('DELETE', `/api/v1/sessions/${mine.sessionId}`, theirs.accessToken)).status).toBe(404);
    expect((await call('GET', '/api/v1/whoami', mine.accessToken)).status).toBe(200);
  });
});

import { randomUUID } from 'node:crypto';
import { makeWheel } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request as context, system } from './core/core.fixture.ts';
import type { Organization, Role } from './core/model.ts';
import { type Access, type Endpoint, endpoints } from './http/endpoints.ts';
import { startTestService, type TestService } from './service.fixture.ts';

/** Everybody who may knock: relations to the organization `acme`, and kinds of credentials. */
const callers = [
  'nobody',
  'garbage',
  'revoked',
  'disabled',
  'browser',
  'stranger',
  'outsider',
  'member',
  'admin',
  'owner',
  'outsider-key',
  'member-key',
  'service-account-key',
] as const;
type Caller = (typeof callers)[number];

/** What an access word promises: 401, 403 or 404, `in` for what the endpoint answers to who may. */
type Verdict = 401 | 403 | 404 | 'in';
const all = (verdict: Verdict): Record<Caller, Verdict> =>
  Object.fromEntries(callers.map((caller) => [caller, verdict])) as Record<Caller, Verdict>;
const without = { nobody: 401, garbage: 401, revoked: 401, disabled: 401, browser: 401 } as const;
const keys = (verdict: Verdict) => ({
  'outsider-key': verdict,
  'member-key': verdict,
  'service-account-key': verdict,
});

const promises: Record<Access, Record<Caller, Verdict>> = {
  open: all('in'),
  secret: all('in'),
  // 303 to the sign-in page is the answer of `browser` pages to others; see `send`.
  browser: { ...all(401), browser: 'in' },
  form: all(403),
  credential: { ...all('in'), ...without },
  login: { ...all('in'), ...without, ...keys(403) },
  own: { ...all(404), ...without, ...keys(403), member: 'in' },
  member: { ...all('in'), ...without, ...keys(403), stranger: 404, outsider: 404, 'outsider-key': 404 },
  reader: { ...all('in'), ...without, stranger: 404, outsider: 404, 'outsider-key': 404 },
  publisher: {
    ...all('in'),
    ...without,
    stranger: 404,
    outsider: 404,
    'outsider-key': 404,
    'service-account-key': 403,
  },
};

/** Deviations that are meant, each with its reason. */
const exceptions: Readonly<Record<string, Partial<Record<Caller, Verdict>>>> = {
  // The service-account's key belongs to acme, but makes no keys.
  'POST /api/v1/api-keys': { 'service-account-key': 403, 'member-key': 403 },
  // It is enough that the token is ours: logging out again is no error.
  'GET /auth/cli/logout': { revoked: 'in', disabled: 'in' },
  // Only logins have asked for `openid`.
  'GET /oauth2/userinfo': keys(403),
  'POST /oauth2/userinfo': keys(403),
};

let service: TestService;
let acme: Organization;
const credentials = new Map<Caller, () => Promise<Record<string, string>>>();
const wheel = makeWheel({ name: 'matrix', version: '1.0' });

async function addUser(email: string, orgId?: string, role: Role = 'member') {
  const user = await service.core.users.create({ email, name: '', password: null }, system);
  if (orgId !== undefined) await service.core.members.put(orgId, user.id, role, system);
  return user;
}

const login = (userId: string) =>
  service.core.sessions.open({
    userId,
    clientId: 'pkgauth',
    door: 'oauth',
    scope: 'openid profile',
    request: context(),
  });
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function addOrganization(slug: string) {
  const owner = await addUser(`owner@${slug}.example`);
  const organization = await service.administration.organizations.create(
    { slug, title: slug, ownerId: owner.id, kind: 'tenant' },
    system,
  );
  await service.administration.registries.add(
    { orgId: organization.id, name: 'packages', kind: 'pypi', upstreamUrl: null, upstreamCredential: null },
    system,
  );
  return { organization, owner };
}

async function addCallers(): Promise<void> {
  const { organization, owner } = await addOrganization('acme');
  acme = organization;
  const other = await addOrganization('other');
  const users = {
    stranger: await addUser('stranger@example.com'),
    outsider: other.owner,
    member: await addUser('member@acme.example', acme.id),
    admin: await addUser('admin@acme.example', acme.id, 'admin'),
    owner,
  };
  credentials.set('nobody', async () => ({}));
  credentials.set('garbage', async () => bearer('pka_garbage'));
  // A login of its own for each request: some of the requests end it.
  for (const [caller, user] of Object.entries(users)) {
    credentials.set(caller as Caller, async () => bearer((await login(user.id)).accessToken));
  }
  credentials.set('revoked', async () => {
    const { accessToken, sessionId } = await login(users.member.id);
    await service.core.sessions.revoke(sessionId, users.member.id, 'test', system);
    return bearer(accessToken);
  });
  const leaver = await addUser('leaver@acme.example', acme.id, 'owner');
  const { accessToken } = await login(leaver.id);
  await service.core.users.disable(leaver.id, system);
  credentials.set('disabled', async () => bearer(accessToken));
  const { secret } = await service.core.browserSessions.open(users.member.id, undefined, context());
  credentials.set('browser', async () => ({ Cookie: `pkgauth-session=${secret}` }));
  const account = await service.administration.serviceAccounts.create(
    { orgId: acme.id, name: 'builder', views: 'all' },
    system,
  );
  const key = async (caller: Caller, kind: 'user' | 'service-account', id: string, orgId: string) => {
    const made = await service.core.apiKeys.create(
      { owner: { kind, id }, orgId, name: caller, validityDays: 7 },
      system,
    );
    credentials.set(caller, async () => bearer(made.key));
  };
  await key('outsider-key', 'user', other.owner.id, other.organization.id);
  await key('member-key', 'user', users.member.id, acme.id);
  await key('service-account-key', 'service-account', account.id, acme.id);
}

async function addPackage(): Promise<void> {
  const owner = await service.core.users.findByEmail('owner@acme.example');
  const { accessToken } = await login(owner?.id ?? '');
  const answer = await fetch(`${service.origin}/v1/upload/acme/packages`, {
    method: 'POST',
    headers: bearer(accessToken),
    body: uploadForm(),
  });
  expect(answer.status).toBe(200);
}

function uploadForm(): FormData {
  const form = new FormData();
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: '2.1',
    name: 'matrix',
    version: '1.0',
    filetype: 'bdist_wheel',
    pyversion: 'py3',
    sha256_digest: wheel.sha256,
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('content', new Blob([new Uint8Array(wheel.content)]), wheel.filename);
  return form;
}

/** How each endpoint is asked, and what it answers to who may. Parameters that are not named here are nonsense. */
type Question = {
  status: number;
  parameters?: () => Promise<Record<string, string>> | Record<string, string>;
  body?: () => BodyInit;
  headers?: Record<string, string>;
  query?: string;
};
const acmePackages = () => ({
  organization: 'acme',
  index: 'packages',
  project: 'matrix',
  file: wheel.filename,
  registry: 'packages',
});
const json = (value: unknown) => () => JSON.stringify(value);
const memberId = async () => (await service.core.users.findByEmail('member@acme.example'))?.id ?? '';
const memberKey = async () => {
  const owner = { kind: 'user', id: await memberId() } as const;
  return {
    id: (await service.core.apiKeys.create({ owner, orgId: acme.id, name: 'x', validityDays: 7 }, system))
      .apiKey.id,
  };
};
const memberSession = async () => ({ id: (await login(await memberId())).sessionId });

const questions: Record<string, Question> = {
  'GET /simple/:organization/:index/': { status: 200, parameters: acmePackages },
  'GET /simple/:organization/:index/:project/': { status: 200, parameters: acmePackages },
  'GET /simple/:organization/:index/:project/:file': { status: 200, parameters: acmePackages },
  // Nobody has made the public view here; that is 404 for whoever may know.
  'GET /simple/pypi/:project/': { status: 404 },
  'POST /v1/upload/:organization/:registry': { status: 200, parameters: acmePackages, body: uploadForm },
  'POST /v1/upload/:organization/:registry/validate': {
    status: 200,
    parameters: acmePackages,
    body: uploadForm,
  },
  'GET /api/v1/whoami': { status: 200 },
  'GET /api/v1/api-keys': { status: 200 },
  'POST /api/v1/api-keys': { status: 201, body: json({ organization: 'acme', name: 'x', validity_days: 7 }) },
  'DELETE /api/v1/api-keys/:id': { status: 204, parameters: memberKey },
  'GET /api/v1/sessions': { status: 200 },
  'DELETE /api/v1/sessions/:id': { status: 204, parameters: memberSession },
  'DELETE /api/v1/session': { status: 204 },
  'GET /auth/cli/login/:id': { status: 200, parameters: () => ({ id: randomUUID() }) },
  'GET /auth/cli/status/:id': { status: 404 },
  'POST /auth/cli/refresh': { status: 401, body: json({ refresh_token: 'pkr_garbage' }) },
  'POST /auth/cli/access-token': { status: 401, headers: { Authorization: 'Bearer pka_garbage' } },
  'GET /auth/cli/logout': { status: 200 },
  'GET /oauth2/authorize': { status: 400 },
  'POST /oauth2/token': { status: 400 },
  'POST /oauth2/device/code': { status: 400 },
  'POST /oauth2/revoke': { status: 401, body: () => 'token=x' },
  'GET /oauth2/userinfo': { status: 200 },
  'POST /oauth2/userinfo': { status: 200 },
  'GET /oauth2/interaction/:uid': { status: 410 },
  'GET /activate': { status: 200 },
  'GET /.well-known/openid-configuration': { status: 200 },
  'GET /.well-known/oauth-authorization-server': { status: 200 },
  'GET /.well-known/oauth-protected-resource': { status: 200 },
  'GET /.well-known/jwks.json': { status: 200 },
  'GET /': { status: 200 },
  'GET /sign-in': { status: 200, query: '?again=1' },
  'GET /sign-in/link/:secret': { status: 410 },
  'GET /errors/:code': { status: 200, parameters: () => ({ code: 'forbidden' }) },
  'GET /assets/:name': { status: 404 },
  'GET /favicon.ico': { status: 302 },
  'GET /healthz': { status: 200 },
  'GET /readyz': { status: 200 },
  'GET /metrics': { status: 200 },
};

const nameOf = ({ method, path }: Endpoint): string => `${method} ${path}`;
/** Forms are refused before anything else; their own tests let them through. */
const questionOf = (endpoint: Endpoint): Question | undefined =>
  endpoint.access === 'form' ? { status: 403 } : questions[nameOf(endpoint)];

async function send(endpoint: Endpoint, question: Question, caller: Caller): Promise<number> {
  const parameters = (await question.parameters?.()) ?? {};
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => parameters[name] ?? 'nonsense');
  const credential = await credentials.get(caller)?.();
  const answer = await fetch(service.origin + path + (question.query ?? ''), {
    method: endpoint.method,
    headers: { ...credential, ...question.headers },
    redirect: 'manual',
    ...(question.body === undefined ? {} : { body: question.body() }),
  });
  await answer.body?.cancel();
  const toSignIn = answer.status === 303 && answer.headers.get('location')?.startsWith('/sign-in?');
  return toSignIn ? 401 : answer.status;
}

beforeAll(async () => {
  service = await startTestService();
  await addCallers();
  await addPackage();
}, 60_000);
afterAll(() => service.stop());

describe('AD04 every endpoint × every caller', () => {
  const rows: readonly Endpoint[] = endpoints;

  it('the table has every route, and only those', () => {
    const handled = new Set(rows.map(nameOf));
    const asset = /^\/assets\/.*/;
    const routes = service.app.routes.filter(({ method, path }) => method !== 'ALL' && path !== '/*');
    const registered = new Set(
      routes.map(({ method, path }) => `${method} ${path.replace(asset, '/assets/:name')}`),
    );
    for (const route of registered) expect(handled).toContain(route);
    const raw = /^(\/simple\/|\/v1\/upload\/|\/oauth2\/(authorize|token|device\/code)$)/;
    for (const row of rows) if (!raw.test(row.path)) expect(registered).toContain(nameOf(row));
    for (const name of Object.keys(questions)) expect(handled).toContain(name);
  });

  it.each(rows.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s', async (name, endpoint) => {
    const question = questionOf(endpoint);
    if (question === undefined) throw new Error(`${name} has no question`);
    const expected = { ...promises[endpoint.access], ...exceptions[name] };
    const answered: [Caller, number][] = [];
    for (const caller of callers) answered.push([caller, await send(endpoint, question, caller)]);
    expect(Object.fromEntries(answered)).toEqual(
      Object.fromEntries(
        callers.map((caller) => [caller, expected[caller] === 'in' ? question.status : expected[caller]]),
      ),
    );
  });
});

describe('AD03 what belongs to somebody else', () => {
  const owned = (endpoints as readonly Endpoint[]).filter(({ access }) => access === 'own');

  it.each(owned.map((endpoint) => [nameOf(endpoint), endpoint] as const))(
    '%s is not there, whichever id is tried',
    async (name, endpoint) => {
      const question = questions[name];
      const { id } = (await question?.parameters?.()) ?? {};
      const gone = await question?.parameters?.();
      const mine = await send(endpoint, { ...question, status: 204, parameters: () => gone ?? {} }, 'member');
      expect(mine).toBe(204);
      const tries = {
        foreign: id,
        guessed: `${id?.slice(0, -1)}${id?.endsWith('0') ? '1' : '0'}`,
        dead: gone?.id,
        'not an id': '%2e%2e',
        quote: "'%20or%201=1%20--",
      };
      for (const [kind, tried] of Object.entries(tries)) {
        for (const caller of ['stranger', 'outsider', 'admin', 'owner'] as const) {
          const status = await send(
            endpoint,
            { status: 404, parameters: () => ({ id: tried ?? '' }) },
            caller,
          );
          expect([kind, caller, status]).toEqual([kind, caller, 404]);
        }
      }
    },
  );

  it('text that no database takes is refused, wherever it stands', async () => {
    const headers = {
      ...(await credentials.get('member')?.()),
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const ask = async (path: string, init: RequestInit = {}) =>
      (await fetch(service.origin + path, { redirect: 'manual', headers, ...init })).status;
    const post = (path: string, body: string) => ask(path, { method: 'POST', body });
    for (const nul of ['%00', 'a%00b', '%0a', '%7F']) {
      expect(await ask(`/api/v1/api-keys/${nul}`, { method: 'DELETE' })).toBe(400);
      expect(await ask(`/simple/acme/packages/${nul}/`)).toBe(400);
      expect(await ask(`/oauth2/interaction/${nul}`)).toBe(400);
      expect(await ask(`/auth/cli/status/${nul}`)).toBe(400);
    }
    expect(await post('/sign-in', 'email=a%00b&form_token=x')).toBe(403);
    expect(await post('/api/v1/api-keys', '{"organization":"a\\u0000b"}')).toBe(400);
    expect([400, 401]).toContain(await post('/auth/cli/refresh', '{"refresh_token":"a\\u0000b"}'));
    const named = '{"organization":"acme","name":"a\\u0000b","validity_days":7}';
    expect(await post('/api/v1/api-keys', named)).toBe(400);
    for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/device/code']) {
      const body =
        'client_id=pkgauth&grant_type=authorization_code&code=a%00b&token=a%00b&device_code=%00&scope=%00';
      expect([path, (await post(path, body)) < 500]).toEqual([path, true]);
    }
    expect(await ask('/oauth2/authorize?client_id=pkgauth%00&redirect_uri=%00')).toBe(400);
  });

  it('GW07 an index of another organization, one that is absent and an organization that is absent answer the same', async () => {
    const endpoint = {
      method: 'GET',
      path: '/simple/:organization/:index/:project/',
      access: 'reader',
      doc: '',
    } as const;
    const places = [
      acmePackages(),
      { ...acmePackages(), index: 'absent' },
      { ...acmePackages(), organization: 'absent' },
      { ...acmePackages(), project: 'absent' },
    ];
    for (const caller of ['nobody', 'stranger', 'outsider', 'outsider-key'] as const) {
      const statuses = [];
      for (const place of places)
        statuses.push(await send(endpoint, { status: 0, parameters: () => place }, caller));
      expect(new Set(statuses).size, caller).toBe(1);
    }
  });
});

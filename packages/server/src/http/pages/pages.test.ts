import { afterEach, describe, expect, it } from 'vitest';
import { type Doors, openTestPages, password, request, system, type TestPages } from './pages.fixture.ts';

const open: TestPages[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pages) => pages.close()));
});
async function start(doors?: Doors, origin?: string): Promise<TestPages> {
  const pages = await openTestPages(doors, origin);
  open.push(pages);
  return pages;
}
const session = 'pkgauth-session';
const uuid = '6f1c1d9e-2f65-4b6c-9a7e-0d6b6a5c4f3e';

describe('signing in', () => {
  it('sends whoever is not signed in to the form and back', async () => {
    const pages = await start();
    await pages.givePassword();
    const browser = pages.browser();
    expect((await browser.get('/')).location).toBe('/sign-in?next=%2F');
    expect((await browser.get(`/auth/cli/login/${uuid}`)).location).toBe(
      `/sign-in?next=%2Fauth%2Fcli%2Flogin%2F${uuid}`,
    );
    const form = await browser.get(`/sign-in?next=/auth/cli/login/${uuid}`);
    expect(form.status).toBe(200);
    expect(form.text).toContain('<label for="email">Email</label>');
    expect(form.text).toContain('<label for="password">Password</label>');
    expect(form.text).toContain('<button type="submit">Sign in</button>');
    const done = await browser.post('/sign-in', {
      email: ' Owner@Example.com ',
      password,
      next: `/auth/cli/login/${uuid}`,
    });
    expect([done.status, done.location]).toEqual([303, `/auth/cli/login/${uuid}`]);
    expect((await browser.get('/')).text).toContain('Olga Owner');
    expect((await browser.get('/sign-in?next=/activate')).location).toBe('/activate');
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const pages = await start();
    await pages.givePassword();
    const browser = pages.browser();
    await browser.get('/sign-in');
    const wrong = await browser.post('/sign-in', { email: 'owner@example.com', password: 'not it' });
    const unknown = await browser.post('/sign-in', { email: 'nobody@example.com', password: 'not it' });
    expect(wrong.status).toBe(400);
    expect(unknown.status).toBe(400);
    expect(wrong.text.replace('owner@', '')).toBe(unknown.text.replace('nobody@', ''));
    expect(browser.cookies.has(session)).toBe(false);
  });

  it('says how long to wait after too many tries', async () => {
    const browser = (await start()).browser();
    await browser.get('/sign-in');
    for (let round = 0; round < 10; round += 1)
      await browser.post('/sign-in', { email: 'x@example.com', password: 'no' });
    const refused = await browser.post('/sign-in', { email: 'x@example.com', password: 'no' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(refused.text).toContain('Too many tries');
  });

  it('OA10 the cookie before signing in is not the cookie after, and a planted one ends', async () => {
    const pages = await start();
    const attacker = pages.browser();
    await attacker.signIn();
    const planted = attacker.cookies.get(session) ?? '';
    const victim = pages.browser();
    victim.cookies.set(session, planted);
    await victim.signIn();
    expect(victim.cookies.get(session)).not.toBe(planted);
    expect((await attacker.get('/')).status).toBe(303);
  });

  it('OA10 drops a stale cookie, and signing out ends the session on the server', async () => {
    const pages = await start();
    const browser = pages.browser();
    browser.cookies.set(session, 'f'.repeat(64));
    await browser.get('/sign-in');
    expect(browser.cookies.has(session)).toBe(false);
    await browser.signIn();
    const secret = browser.cookies.get(session) ?? '';
    await browser.get('/');
    expect((await browser.post('/sign-out')).text).toContain('You are signed out');
    const thief = pages.browser();
    thief.cookies.set(session, secret);
    expect((await thief.get('/')).status).toBe(303);
  });

  it('takes a one-time link by the button only, once', async () => {
    const pages = await start();
    const secret = await pages.core.signInLinks.create(pages.owner.id, system);
    const prefetcher = pages.browser();
    for (let round = 0; round < 3; round += 1)
      expect((await prefetcher.get(`/sign-in/link/${secret}`)).status).toBe(200);
    const browser = pages.browser();
    await browser.get(`/sign-in/link/${secret}`);
    expect((await browser.post(`/sign-in/link/${secret}`)).location).toBe('/');
    expect((await browser.get('/')).text).toContain('Olga Owner');
    await prefetcher.get('/sign-in');
    expect((await prefetcher.post(`/sign-in/link/${secret}`)).status).toBe(410);
    expect((await prefetcher.get(`/sign-in/link/${secret}`)).status).toBe(410);
  });

  it('AD01 of 20 browsers that use the first link at once, one gets in', async () => {
    const pages = await start();
    const secret = await pages.core.signInLinks.create(pages.owner.id, system);
    const browsers = Array.from({ length: 20 }, () => pages.browser());
    for (const browser of browsers) await browser.get(`/sign-in/link/${secret}`);
    const visits = await Promise.all(browsers.map((browser) => browser.post(`/sign-in/link/${secret}`)));
    expect(visits.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(visits.filter(({ status }) => status === 410)).toHaveLength(19);
  });

  it('DS05 goes nowhere else, whatever next says', async () => {
    const browser = (await start()).browser();
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/%0d%0aX: y',
    ]) {
      const visit = await browser.signIn(next);
      expect(visit.status).toBe(303);
      expect(new URL(visit.location ?? '', 'http://127.0.0.1:8585').origin).toBe('http://127.0.0.1:8585');
    }
  });
});

describe('DS01 forms of other sites', () => {
  const forms: [string, Record<string, string>][] = [
    ['/sign-in', { email: 'owner@example.com', password }],
    ['/sign-in/link/x', {}],
    ['/sign-out', {}],
    ['/keys', { name: 'k', organization: 'acme', validity_days: '7' }],
    ['/keys/x/revoke', {}],
    ['/devices/x/revoke', {}],
    ['/browsers/x/revoke', {}],
    ['/password', { new_password: 'another long password' }],
    [`/auth/cli/login/${uuid}`, { decision: 'approve' }],
    ['/oauth2/interaction/x', { decision: 'approve' }],
    ['/activate', { user_code: 'BCDF-GHJK' }],
    ['/activate/decision', { user_code: 'BCDF-GHJK', decision: 'approve' }],
  ];

  it('are all forms that there are', async () => {
    const { app } = await start();
    const posts = app.routes
      .filter(({ method, path }) => method === 'POST' && path !== '/*')
      .map(({ path }) => path);
    const covered = forms.map(([path]) => path);
    for (const path of new Set(posts)) {
      const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
      expect(
        covered.filter((one) => pattern.test(one)),
        path,
      ).not.toHaveLength(0);
    }
  });

  it.each(forms)('are refused at %s', async (path, fields) => {
    const pages = await start();
    const browser = await pages.enter();
    const good = browser.formToken;
    const refused = [
      await browser.post(path, fields, { Origin: 'https://evil.example' }),
      await browser.post(path, fields, { Origin: 'null' }),
      await browser.post(path, fields, { 'Sec-Fetch-Site': 'cross-site' }),
      await browser.post(path, fields, { 'Sec-Fetch-Site': 'same-site' }),
      await browser.post(path, { ...fields, form_token: '' }),
      await browser.post(path, {
        ...fields,
        form_token: good.replace(/./, (first) => (first === '0' ? '1' : '0')),
      }),
      await browser.post(path, fields, { 'Content-Type': 'text/plain' }),
      await browser.post(path, fields, { 'Content-Type': 'application/json' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
    const other = pages.browser();
    await other.get('/sign-in');
    expect((await other.post(path, { ...fields, form_token: good })).status).toBe(403);
    browser.cookies.delete('pkgauth-form');
    expect((await browser.post(path, fields)).status).toBe(403);
  });

  it('a token of before signing in is worth nothing after', async () => {
    const pages = await start();
    await pages.givePassword();
    const browser = pages.browser();
    await browser.get('/sign-in');
    const before = browser.formToken;
    await browser.post('/sign-in', { email: 'owner@example.com', password });
    expect((await browser.post('/sign-out', { form_token: before })).status).toBe(403);
  });

  it('GET changes nothing', async () => {
    const pages = await start();
    const browser = await pages.enter();
    await pages.core.pyxLogins.poll(uuid, request(), AbortSignal.abort());
    for (const [path] of forms) await browser.get(path);
    expect((await browser.get('/')).status).toBe(200);
    expect(await pages.core.apiKeys.listOfOwner(pages.owner.id)).toEqual([]);
  });
});

describe('DS04 cookies and headers', () => {
  it('are locked to this host over https', async () => {
    const pages = await start({}, 'https://pkg.example.com');
    const browser = pages.browser();
    const visit = await browser.signIn();
    expect(visit.headers.getSetCookie()[0]).toMatch(
      /^__Host-pkgauth-session=[0-9a-f]{64}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(visit.headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
    expect((await browser.get('/')).status).toBe(200);
  });

  it('keep a page from running, loading, framing or sending anything', async () => {
    const browser = (await start()).browser();
    const { headers, text } = await browser.get('/sign-in');
    const policy = headers.get('Content-Security-Policy') ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.getSetCookie().join()).not.toContain('Secure');
    expect(text).not.toMatch(/<script|<style| style=| on\w+=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('name style and icon by their content', async () => {
    const pages = await start();
    const { text } = await pages.browser().get('/sign-in');
    const [style = '', icon = ''] = [
      /href="(\/assets\/style\.[0-9a-f]{16}\.css)"/,
      /href="(\/assets\/icon\.[0-9a-f]{16}\.svg)"/,
    ].map((pattern) => pattern.exec(text)?.[1]);
    const answer = await pages.app.request(style);
    expect(answer.headers.get('Content-Type')).toBe('text/css; charset=utf-8');
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect((await pages.app.request(icon)).headers.get('Content-Type')).toBe('image/svg+xml');
    expect((await pages.app.request('/favicon.ico')).headers.get('Location')).toBe(icon);
    expect((await pages.app.request('/assets/style.0000000000000000.css')).status).toBe(404);
  });
});

describe('the account page', () => {
  it('makes, shows once, lists and revokes API keys', async () => {
    const pages = await start();
    const browser = await pages.enter();
    const made = await browser.post('/keys', { name: 'Nightly', organization: 'acme', validity_days: '30' });
    const key = /pka_[A-Za-z0-9]+/.exec(made.text)?.[0] ?? '';
    expect(made.headers.get('Cache-Control')).toBe('no-store');
    expect(await pages.core.verifier.verify(`Bearer ${key}`)).toMatchObject({
      ok: true,
      principal: { userId: pages.owner.id },
    });
    const list = await browser.get('/');
    expect(list.text).toContain('Nightly');
    expect(list.text).not.toContain(key);
    const revoke = /action="(\/keys\/[^"]+\/revoke)"/.exec(list.text)?.[1] ?? '';
    expect((await browser.post(revoke)).location).toBe('/#keys');
    expect(await pages.core.verifier.verify(`Bearer ${key}`)).toMatchObject({
      ok: false,
      problem: 'revoked',
    });
    expect((await browser.get('/')).text).toContain('revoked</span>');
  });

  it.each([
    [{ name: '', organization: 'acme', validity_days: '30' }, 400],
    [{ name: 'x'.repeat(101), organization: 'acme', validity_days: '30' }, 400],
    [{ name: 'k', organization: 'acme', validity_days: '31' }, 400],
    [{ name: 'k', organization: 'other', validity_days: '30' }, 403],
    [{ name: 'k', organization: '__proto__', validity_days: '30' }, 403],
    [{ name: 'k', validity_days: '30' }, 403],
  ])('makes no key for %j', async (fields, status) => {
    const pages = await start();
    const browser = await pages.enter();
    expect((await browser.post('/keys', fields as Record<string, string>)).status).toBe(status);
    expect(await pages.core.apiKeys.listOfOwner(pages.owner.id)).toEqual([]);
  });

  it('AK07 does not revoke what belongs to somebody else', async () => {
    const pages = await start();
    const other = await pages.addUser('other@example.com', 'member');
    const { apiKey } = await pages.core.apiKeys.create(
      { owner: { kind: 'user', id: other.id }, orgId: pages.acme.id, name: 'k', validityDays: 7 },
      system,
    );
    const tokens = await pages.core.sessions.open({
      userId: other.id,
      clientId: 'uv',
      door: 'pyx',
      scope: '',
      request: request(),
    });
    const { session: foreign } = await pages.core.browserSessions.open(other.id, undefined, request());
    const browser = await pages.enter();
    for (const path of [
      `/keys/${apiKey.id}/revoke`,
      `/devices/${tokens.sessionId}/revoke`,
      `/browsers/${foreign.id}/revoke`,
    ]) {
      expect((await browser.post(path)).status, path).toBe(404);
    }
    expect((await pages.storage.apiKeys.get(apiKey.id))?.revokedAt).toBeNull();
    expect((await pages.storage.loginSessions.get(tokens.sessionId))?.revokedAt).toBeNull();
    expect(await pages.core.browserSessions.listOfUser(other.id)).toHaveLength(1);
  });

  it('lists devices and browsers, and ends them at once', async () => {
    const pages = await start();
    const tokens = await pages.core.sessions.open({
      userId: pages.owner.id,
      clientId: 'uv',
      door: 'pyx',
      scope: '',
      request: request(),
    });
    const phone = await pages.enter();
    const browser = await pages.enter();
    const { text } = await browser.get('/');
    expect(text).toContain('uv 0.12.6');
    expect(text).toContain('this one');
    await browser.post(`/devices/${tokens.sessionId}/revoke`);
    expect(await pages.core.verifier.verify(`Bearer ${tokens.accessToken}`)).toMatchObject({
      ok: false,
      problem: 'revoked',
    });
    const end = /action="(\/browsers\/[^"]+\/revoke)"/.exec((await browser.get('/')).text)?.[1] ?? '';
    await browser.post(end);
    expect((await phone.get('/')).status).toBe(303);
    expect((await browser.get('/')).text).not.toContain('uv 0.12.6');
  });

  it('changes the password, which ends everything else', async () => {
    const pages = await start();
    await pages.givePassword();
    const phone = await pages.enter();
    const browser = await pages.enter();
    const refused = await browser.post('/password', {
      current_password: 'wrong',
      new_password: 'a much better password',
    });
    expect([refused.status, refused.text.includes('The current password is not right')]).toEqual([400, true]);
    expect(
      (await browser.post('/password', { current_password: password, new_password: 'short' })).text,
    ).toContain('at least 10 characters');
    expect(
      (
        await browser.post('/password', {
          current_password: password,
          new_password: 'a much better password',
        })
      ).location,
    ).toBe('/#password');
    expect((await browser.get('/')).status).toBe(200);
    expect((await phone.get('/')).status).toBe(303);
    expect(
      await pages.core.passwords.check('owner@example.com', 'a much better password', request()),
    ).toBeDefined();
  });

  it('asks again who it is before making keys or changing the password', async () => {
    const pages = await start();
    const browser = await pages.enter();
    pages.clock.set(pages.clock.now() + 31 * 60_000);
    for (const path of ['/keys', '/password']) {
      const visit = await browser.post(path, { name: 'k', organization: 'acme', validity_days: '7' });
      expect(visit.location).toBe('/sign-in?next=%2F&again=1');
    }
    expect((await browser.get('/sign-in?next=/&again=1')).text).toContain('value="owner@example.com"');
  });

  it('prints the commands for the indexes of the person’s organizations only', async () => {
    const pages = await start();
    const base = {
      orgId: pages.acme.id,
      kind: 'pypi',
      sealedUpstreamCredential: null,
      createdAt: 1,
    } as const;
    await pages.storage.registries.insert({ ...base, id: 'reg_1', name: 'packages', upstreamUrl: null });
    await pages.storage.registries.insertView({
      id: 'viw_1',
      orgId: pages.acme.id,
      name: 'main',
      public: false,
      isDefault: true,
      registryIds: [],
      createdAt: 1,
    });
    await pages.addUser('stranger@example.com');
    const browser = await pages.enter();
    const { text } = await browser.get('/');
    expect(text).toContain('pkgauth login http://127.0.0.1:8585');
    expect(text).toContain('--index-url http://__token__@127.0.0.1:8585/simple/acme/main/ PACKAGE');
    expect(text).toContain('twine upload --repository-url http://127.0.0.1:8585/v1/upload/acme/packages');
    const other = await pages.enter('stranger@example.com');
    const page = await other.get('/');
    expect(page.text).toContain('not a member of any organization yet');
    expect(page.text).not.toContain('acme');
  });
});

describe('approving a pyx login', () => {
  const asking = () => request({ userAgent: 'uv/0.12.6 {}', ip: '203.0.113.9' });
  const poll = (pages: TestPages) => pages.core.pyxLogins.poll(uuid, asking(), AbortSignal.abort());

  it('OA24 shows who asks, from where and when, and hands out tokens after a click, once', async () => {
    const pages = await start();
    expect(await poll(pages)).toEqual({ kind: 'pending' });
    const browser = await pages.enter();
    const question = await browser.get(`/auth/cli/login/${uuid}`);
    for (const part of [
      'uv 0.12.6',
      '203.0.113.9',
      '2026-11-23 00:00 UTC',
      'Did you start this yourself?',
      '>Approve</button>',
      '>Deny</button>',
    ]) {
      expect(question.text).toContain(part);
    }
    expect(await poll(pages)).toEqual({ kind: 'pending' });
    const done = await browser.post(`/auth/cli/login/${uuid}`, { decision: 'approve' });
    expect(done.text).toContain('You are logged in');
    expect((await poll(pages)).kind).toBe('approved');
    expect(await poll(pages)).toEqual({ kind: 'pending' });
    expect((await browser.get(`/auth/cli/login/${uuid}`)).status).toBe(410);
    await browser.get('/');
    expect((await browser.post(`/auth/cli/login/${uuid}`, { decision: 'approve' })).status).toBe(410);
  });

  it('OA24 a button that was not pressed is no approval', async () => {
    const pages = await start();
    await poll(pages);
    const browser = await pages.enter();
    await browser.get(`/auth/cli/login/${uuid}`);
    expect((await browser.post(`/auth/cli/login/${uuid}`, {})).text).toContain('Login denied');
    expect(await poll(pages)).toEqual({ kind: 'denied' });
  });

  it('OA24 whoever finds the address later cannot approve it', async () => {
    const pages = await start();
    await poll(pages);
    const browser = await pages.enter();
    await browser.get(`/auth/cli/login/${uuid}`);
    const finder = await pages.enter();
    expect((await finder.get(`/auth/cli/login/${uuid}`)).status).toBe(410);
    await finder.get('/');
    expect((await finder.post(`/auth/cli/login/${uuid}`, { decision: 'approve' })).status).toBe(410);
    expect(await poll(pages)).toEqual({ kind: 'pending' });
  });
});

describe('approving an OAuth login', () => {
  const view = {
    client: { id: 'pkgauth', name: 'pkgauth' },
    scope: ['openid', 'offline_access', 'channel:read', 'odd:scope'],
    redirectOrigin: 'http://127.0.0.1:51789',
    signedInAfter: null,
    loginHint: null,
  };
  const doors = (change: Partial<typeof view> | { signedInAfter: number } = {}): Doors => ({
    authorizations: {
      show: async (uid) => (uid === 'known' ? { ...view, ...change } : undefined),
      approve: async (uid) => (uid === 'known' ? 'http://127.0.0.1:8585/oauth2/authorize/known' : undefined),
      deny: async (uid) =>
        uid === 'known' ? 'http://127.0.0.1:8585/oauth2/authorize/known?denied' : undefined,
    },
  });

  it('shows client, scope and where the answer goes, and sends on without a redirect of the form', async () => {
    const pages = await start(doors());
    const browser = pages.browser();
    expect((await browser.get('/oauth2/interaction/known')).location).toBe(
      '/sign-in?next=%2Foauth2%2Finteraction%2Fknown',
    );
    await browser.signIn();
    const question = await browser.get('/oauth2/interaction/known');
    for (const part of [
      'Let <bdi>pkgauth</bdi> log in?',
      'http://127.0.0.1:51789',
      'Know who you are',
      'odd:scope',
    ])
      expect(question.text).toContain(part);
    const approved = await browser.post('/oauth2/interaction/known', { decision: 'approve' });
    expect(approved.status).toBe(200);
    expect(approved.text).toContain(
      '<meta http-equiv="refresh" content="0; url=http://127.0.0.1:8585/oauth2/authorize/known">',
    );
    expect((await browser.post('/oauth2/interaction/known', { decision: 'deny' })).text).toContain(
      'authorize/known?denied',
    );
    expect((await browser.post('/oauth2/interaction/known', {})).text).toContain('authorize/known?denied');
    expect((await browser.get('/oauth2/interaction/gone')).status).toBe(410);
    await browser.get('/');
    expect((await browser.post('/oauth2/interaction/gone', { decision: 'approve' })).status).toBe(410);
  });

  it('asks again who it is where the client wants that', async () => {
    const pages = await start(doors({ signedInAfter: Date.UTC(2026, 10, 23, 1) }));
    const browser = await pages.enter();
    expect((await browser.get('/oauth2/interaction/known')).location).toBe(
      '/sign-in?next=%2Foauth2%2Finteraction%2Fknown&again=1',
    );
    pages.clock.set(Date.UTC(2026, 10, 23, 2));
    await browser.signIn();
    expect((await browser.get('/oauth2/interaction/known')).status).toBe(200);
  });

  it('offers the address that the client hints at', async () => {
    const pages = await start({
      authorizations: { show: async () => ({ ...view, loginHint: '"><b>@example.com' }) },
    });
    const browser = pages.browser();
    const { location } = await browser.get('/oauth2/interaction/known');
    expect((await browser.get(location ?? '')).text).toContain('value="&quot;&gt;&lt;b&gt;@example.com"');
  });
});

describe('approving a device', () => {
  const view = {
    userCode: 'BCDF-GHJK',
    client: { id: 'pixi', name: 'pixi' },
    scope: ['channel:read'],
    ip: '203.0.113.9',
    program: 'pixi/0.70.2',
    createdAt: Date.UTC(2026, 10, 23),
    expiresAt: Date.UTC(2026, 10, 24),
  };
  const doors = (): Doors & { settled: string[] } => {
    const settled: string[] = [];
    return {
      settled,
      deviceApprovals: {
        show: async (code) => (code.toUpperCase() === view.userCode ? view : undefined),
        approve: async (code) => settled.push(`approve ${code}`) > 0,
        deny: async (code) => settled.push(`deny ${code}`) > 0,
      },
    };
  };

  it('OA22 fills in the code of a link but waits for a click, then shows what asks with the code to compare', async () => {
    const played = doors();
    const pages = await start(played);
    const browser = pages.browser();
    expect((await browser.get('/activate?user_code=BCDF-GHJK')).location).toBe(
      '/sign-in?next=%2Factivate%3Fuser_code%3DBCDF-GHJK',
    );
    await browser.signIn();
    const entry = await browser.get('/activate?user_code=BCDF-GHJK');
    expect(entry.text).toContain('value="BCDF-GHJK"');
    expect(played.settled).toEqual([]);
    const question = await browser.post('/activate', { user_code: 'bcdf-ghjk' });
    for (const part of [
      'BCDF-GHJK',
      '203.0.113.9',
      'pixi/0.70.2',
      '2026-11-23 00:00 UTC',
      'Did you start this yourself?',
    ])
      expect(question.text).toContain(part);
    expect(played.settled).toEqual([]);
    expect(
      (await browser.post('/activate/decision', { user_code: 'BCDF-GHJK', decision: 'approve' })).text,
    ).toContain('You are logged in');
    expect((await browser.post('/activate/decision', { user_code: 'BCDF-GHJK' })).text).toContain(
      'Login denied',
    );
    expect(played.settled).toEqual(['approve BCDF-GHJK', 'deny BCDF-GHJK']);
  });

  it('asks again for a code that does not work', async () => {
    const browser = await (await start(doors())).enter();
    await browser.get('/activate');
    const refused = await browser.post('/activate', { user_code: '<script>' });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('That code does not work');
    expect(refused.text).not.toContain('<script>');
  });
});

describe('addresses that are none', () => {
  it('are pages for people and problem details for programs', async () => {
    const pages = await start();
    const page = await pages.browser().get('/nowhere');
    expect([page.status, page.headers.get('Content-Type')]).toEqual([404, 'text/html; charset=UTF-8']);
    const program = await pages.app.request('/nowhere');
    expect([program.status, program.headers.get('Content-Type')]).toEqual([404, 'application/problem+json']);
  });

  it('explain the codes of errors', async () => {
    const browser = (await start()).browser();
    expect((await browser.get('/errors/credential-expired')).text).toContain('HTTP status 401');
    expect((await browser.get('/errors/toString')).status).toBe(404);
  });
});

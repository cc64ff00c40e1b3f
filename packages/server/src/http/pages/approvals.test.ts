import { afterEach, describe, expect, it } from 'vitest';
import { type Doors, openTestPages, request, type TestPages } from './pages.fixture.ts';

const open: TestPages[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pages) => pages.close()));
});
async function start(doors?: Doors, origin?: string): Promise<TestPages> {
  const pages = await openTestPages(doors, origin);
  open.push(pages);
  return pages;
}
const uuid = '6f1c1d9e-2f65-4b6c-9a7e-0d6b6a5c4f3e';

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

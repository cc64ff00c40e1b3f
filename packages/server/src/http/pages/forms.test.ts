import { afterEach, describe, expect, it } from 'vitest';
import { type Doors, openTestPages, password, request, type TestPages } from './pages.fixture.ts';

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

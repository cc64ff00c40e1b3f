import { request } from '../../core/core.fixture.ts';
import type { User } from '../../core/model.ts';
import type { SignedInBrowser } from '../../core/services.ts';
import type { TestOidc } from './oidc.fixture.ts';

/** For tests: a browser with a signed-in person, who answers what the pages would ask. */
export type TestBrowser = {
  signedIn: SignedInBrowser;
  cookies: string;
  get(url: string | URL): Promise<Response>;
  /** Follows an authorization request to the page, answers it, and gives the address that the browser is sent to. */
  authorize(url: string | URL, decision?: 'approve' | 'deny'): Promise<URL>;
};

export async function openBrowser(test: TestOidc, user: User = test.owner): Promise<TestBrowser> {
  const { browserSessions } = test.core;
  const { secret } = await browserSessions.open(user.id, undefined, request());
  const signedIn = (await browserSessions.find(secret)) as SignedInBrowser;
  const jar = new Map<string, string>();
  const browser: TestBrowser = {
    signedIn,
    get cookies() {
      return Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');
    },
    async get(url) {
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: { Cookie: browser.cookies, Accept: 'text/html' },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return answer;
    },
    async authorize(url, decision = 'approve') {
      const asked = await browser.get(url);
      const page = new URL(asked.headers.get('Location') ?? '', test.origin);
      const uid = page.pathname.split('/').at(-1) ?? '';
      const { authorizations } = test.oidc;
      const next =
        decision === 'approve'
          ? await authorizations.approve(uid, browser.cookies, signedIn, request())
          : await authorizations.deny(uid, browser.cookies, request());
      const resumed = await browser.get(next ?? '');
      return new URL(resumed.headers.get('Location') ?? '');
    },
  };
  return browser;
}

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Clock, Crypto, Random, Storage } from '../../core/ports/index.ts';
import type { Authorizations, DeviceApprovals, Services, SignedInBrowser } from '../../core/services.ts';
import type { Log } from '../../log.ts';
import type { HttpEnv } from '../environment.ts';
import type { Assets } from './assets.ts';
import type { Cookies } from './cookies.ts';
import type { FormGuard } from './form-guard.ts';
import { html } from './html.ts';
import { type PageContent, page } from './layout.ts';
import { type OutcomeName, type OutcomeProps, outcomePage, outcomes } from './views/outcome.ts';
import { signOutForm } from './views/sign-in.ts';

export type PagesDeps = {
  /** Public origin of the service. */
  origin: string;
  services: Pick<
    Services,
    'apiKeys' | 'browserSessions' | 'passwords' | 'pyxLogins' | 'sessions' | 'signInLinks' | 'users'
  >;
  authorizations: Authorizations;
  deviceApprovals: DeviceApprovals;
  storage: Pick<Storage, 'organizations' | 'registries'>;
  crypto: Pick<Crypto, 'sha256' | 'equal'>;
  random: Random;
  clock: Clock;
  log: Log;
};

type PageContext = Context<HttpEnv>;

/** What the handlers of pages share. */
export type PageTools = {
  cookies: Cookies;
  guard: FormGuard;
  /** Whoever is signed in in this browser; a cookie that is no longer good is dropped (OA10). */
  browser(c: PageContext): Promise<SignedInBrowser | undefined>;
  send(c: PageContext, content: PageContent, status?: ContentfulStatusCode): Response;
  /** A page with the top bar of a signed-in person. */
  sendTo(
    c: PageContext,
    browser: SignedInBrowser,
    content: PageContent,
    status?: ContentfulStatusCode,
  ): Response;
  outcome(c: PageContext, name: OutcomeName, status?: ContentfulStatusCode): Response;
  /** To the sign-in page and then back here. `again`: even though somebody is signed in. */
  toSignIn(c: PageContext, next: string, options?: { again?: boolean; email?: string | undefined }): Response;
};

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export function createPageTools(
  deps: PagesDeps,
  parts: { assets: Assets; cookies: Cookies; guard: FormGuard },
): PageTools {
  const { assets, cookies, guard } = parts;
  const frame = { ...assets, host: new URL(deps.origin).host };
  const send: PageTools['send'] = (c, content, status = 200) => {
    c.header('Content-Security-Policy', policy);
    c.header('Cache-Control', 'no-store');
    return c.html(String(page(frame, content)), status);
  };
  return {
    cookies,
    guard,
    send,
    async browser(c) {
      const secret = cookies.session.read(c);
      if (secret === undefined) return undefined;
      const signedIn = await deps.services.browserSessions.find(secret);
      if (signedIn === undefined) cookies.session.clear(c);
      return signedIn;
    },
    sendTo: (c, browser, content, status) =>
      send(c, { ...content, corner: signOutForm(browser.user.email, guard.token(c)) }, status),
    outcome(c, name, status = 200) {
      const outcome: OutcomeProps = outcomes[name];
      const text =
        name === 'failed' ? html`${outcome.text} <code>${c.get('request').requestId}</code>` : outcome.text;
      return send(c, outcomePage({ ...outcome, text }), status);
    },
    toSignIn(c, next, { again = false, email } = {}) {
      const query = new URLSearchParams({
        next,
        ...(again ? { again: '1' } : {}),
        ...(email === undefined ? {} : { email }),
      });
      return c.redirect(`/sign-in?${query}`, 303);
    },
  };
}

import { type Context, Hono } from 'hono';
import { decide } from '../../core/decide.ts';
import { ServiceError } from '../../core/errors.ts';
import { validityDays } from '../../core/model.ts';
import { actorOf } from '../../core/principal.ts';
import type { By, SignedInBrowser } from '../../core/services.ts';
import type { HttpEnv } from '../environment.ts';
import { formFields } from './form-guard.ts';
import { createHomeReader } from './home-reader.ts';
import type { Html } from './html.ts';
import { notice } from './layout.ts';
import type { PagesDeps, PageTools } from './page-tools.ts';
import { homePage, newKeyMessage } from './views/home.ts';

/** A person's own account: keys, devices, browsers, password, and how to install. */
export function homeRoutes(deps: PagesDeps, tools: PageTools): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const readHome = createHomeReader(deps);
  const show = async (
    c: Context<HttpEnv>,
    browser: SignedInBrowser,
    message?: Html,
    status: 200 | 400 = 200,
  ) => {
    const content = homePage({ ...(await readHome(browser)), formToken: tools.guard.token(c), message });
    return tools.sendTo(c, browser, content, status);
  };
  app.get('/', async (c) => {
    const browser = await tools.browser(c);
    return browser === undefined ? tools.toSignIn(c, '/') : show(c, browser);
  });
  addKeys(app, deps, tools, show);
  addSessions(app, deps, tools);
  addPassword(app, deps, tools, show);
  return app;
}

type Show = (
  c: Context<HttpEnv>,
  browser: SignedInBrowser,
  message?: Html,
  status?: 200 | 400,
) => Promise<Response>;

async function byOf(c: Context<HttpEnv>, deps: PagesDeps, browser: SignedInBrowser): Promise<By> {
  return {
    actor: actorOf(await deps.services.browserSessions.principal(browser)),
    request: c.get('request'),
  };
}

function addKeys(app: Hono<HttpEnv>, deps: PagesDeps, tools: PageTools, show: Show): void {
  const { apiKeys, browserSessions } = deps.services;
  app.post('/keys', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/');
    if (!browserSessions.isFresh(browser.session)) return tools.toSignIn(c, '/', { again: true });
    const { name = '', organization: slug = '', validity_days: wanted } = await formFields(c);
    const days = validityDays.find((one) => String(one) === wanted);
    const principal = await browserSessions.principal(browser);
    const decision = decide(principal, 'api-key.create', { kind: 'organization', slug });
    const organization = await deps.storage.organizations.findBySlug(slug);
    if (!decision.allow || organization === undefined) return tools.outcome(c, 'not-allowed', 403);
    if (days === undefined || name.trim() === '' || name.length > 100) {
      return show(
        c,
        browser,
        notice(
          'bad',
          'No key was made',
          'Give it a name of at most 100 characters and a validity from the list.',
        ),
        400,
      );
    }
    const owner = { kind: 'user', id: browser.user.id } as const;
    const input = { owner, orgId: organization.id, name: name.trim(), validityDays: days };
    const { key, apiKey } = await apiKeys.create(input, await byOf(c, deps, browser));
    return show(c, browser, newKeyMessage(key, apiKey.expiresAt));
  });
  app.post('/keys/:id/revoke', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/');
    const revoked = await apiKeys.revoke(c.req.param('id'), browser.user.id, await byOf(c, deps, browser));
    return revoked ? c.redirect('/#keys', 303) : tools.outcome(c, 'not-found', 404);
  });
}

function addSessions(app: Hono<HttpEnv>, deps: PagesDeps, tools: PageTools): void {
  const { sessions, browserSessions } = deps.services;
  app.post('/devices/:id/revoke', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/');
    const by = await byOf(c, deps, browser);
    const revoked = await sessions.revoke(
      c.req.param('id'),
      browser.user.id,
      'logged out on the start page',
      by,
    );
    return revoked ? c.redirect('/#devices', 303) : tools.outcome(c, 'not-found', 404);
  });
  app.post('/browsers/:id/revoke', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/');
    const by = await byOf(c, deps, browser);
    const ended = await browserSessions.endOne(c.req.param('id'), browser.user.id, by);
    return ended ? c.redirect('/#browsers', 303) : tools.outcome(c, 'not-found', 404);
  });
}

function addPassword(app: Hono<HttpEnv>, deps: PagesDeps, tools: PageTools, show: Show): void {
  const { users, passwords, browserSessions } = deps.services;
  app.post('/password', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/');
    if (!browserSessions.isFresh(browser.session)) return tools.toSignIn(c, '/', { again: true });
    const { current_password: current = '', new_password: wanted = '' } = await formFields(c);
    const { user } = browser;
    if (
      user.passwordHash !== null &&
      (await passwords.check(user.email, current, c.get('request'))) === undefined
    ) {
      return show(
        c,
        browser,
        notice('bad', 'Your password was not changed', 'The current password is not right.'),
        400,
      );
    }
    try {
      await users.setPassword(user.id, wanted, await byOf(c, deps, browser));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'invalid-request') throw error;
      return show(c, browser, notice('bad', 'Your password was not changed', error.message), 400);
    }
    const { secret } = await browserSessions.open(user.id, undefined, c.get('request'));
    tools.cookies.session.write(c, secret);
    tools.cookies.form.clear(c);
    return c.redirect('/#password', 303);
  });
}

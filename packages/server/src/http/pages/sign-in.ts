import type { Context } from 'hono';
import { Hono } from 'hono';
import type { HttpEnv } from '../environment.ts';
import { formFields } from './form-guard.ts';
import { localAddress } from './local-address.ts';
import type { PagesDeps, PageTools } from './page-tools.ts';
import { signInLinkPage, signInPage } from './views/sign-in.ts';

/** Signing in with a password or a one-time link, and signing out. */
export function signInRoutes(deps: PagesDeps, tools: PageTools): Hono<HttpEnv> {
  const { passwords, browserSessions, signInLinks } = deps.services;
  const app = new Hono<HttpEnv>();

  /** A new session under a new cookie; the one before ends, whoever planted it (OA10). */
  const admit = async (c: Context<HttpEnv>, userId: string): Promise<void> => {
    const { secret } = await browserSessions.open(userId, tools.cookies.session.read(c), c.get('request'));
    tools.cookies.session.write(c, secret);
    tools.cookies.form.clear(c);
  };

  app.get('/sign-in', async (c) => {
    const next = localAddress(c.req.query('next'));
    const browser = await tools.browser(c);
    if (browser !== undefined && c.req.query('again') === undefined) return c.redirect(next, 303);
    const email = browser?.user.email ?? c.req.query('email')?.slice(0, 254);
    return tools.send(
      c,
      signInPage({
        formToken: tools.guard.token(c),
        next,
        purpose: purposeOf(next),
        ...(email === undefined ? {} : { email }),
      }),
    );
  });

  app.post('/sign-in', tools.guard.middleware, async (c) => {
    const { email = '', password = '', next } = await formFields(c);
    const user = await passwords.check(email, password, c.get('request'));
    if (user === undefined) {
      const problem = 'This email address and password do not belong together.';
      const props = { formToken: tools.guard.token(c), next: localAddress(next), email, problem };
      return tools.send(c, signInPage(props), 400);
    }
    await admit(c, user.id);
    return c.redirect(localAddress(next), 303);
  });

  app.get('/sign-in/link/:secret', async (c) => {
    const secret = c.req.param('secret');
    if (!(await signInLinks.isOpen(secret))) return tools.outcome(c, 'link-gone', 410);
    return tools.send(c, signInLinkPage({ formToken: tools.guard.token(c), secret }));
  });

  app.post('/sign-in/link/:secret', tools.guard.middleware, async (c) => {
    const user = await signInLinks.use(c.req.param('secret'), c.get('request'));
    if (user === undefined) return tools.outcome(c, 'link-gone', 410);
    await admit(c, user.id);
    return c.redirect('/', 303);
  });

  app.post('/sign-out', tools.guard.middleware, async (c) => {
    const secret = tools.cookies.session.read(c);
    if (secret !== undefined) await browserSessions.end(secret);
    tools.cookies.session.clear(c);
    tools.cookies.form.clear(c);
    return tools.outcome(c, 'signed-out');
  });
  return app;
}

function purposeOf(next: string): string {
  if (next === '/' || next.startsWith('/?')) return 'To see your keys, devices and indexes.';
  return next.startsWith('/activate') ? 'To connect your device.' : 'To let your program log in.';
}

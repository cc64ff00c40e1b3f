import { Hono } from 'hono';
import type { RequestContext } from '../../core/ports/index.ts';
import type { AuthorizationView, DeviceView, PyxLoginView, SignedInBrowser } from '../../core/services.ts';
import type { HttpEnv } from '../environment.ts';
import { formFields } from './form-guard.ts';
import type { PagesDeps, PageTools } from './page-tools.ts';
import { type ApprovalProps, approvalPage, deviceCodePage } from './views/approval.ts';
import { continuePage } from './views/outcome.ts';

/** The questions "may this program log in as you?" of the three doors. Each is answered by a click, never by a link. */
export function approvalRoutes(deps: PagesDeps, tools: PageTools): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  addPyx(app, deps, tools);
  addAuthorization(app, deps, tools);
  addDevice(app, deps, tools);
  return app;
}

type Asking = { formToken: string; browser: SignedInBrowser };

const whole = [
  'Read the packages of every organization that you belong to',
  'Publish packages where you may',
  'Stay logged in until you end it on your start page, or do not use it for a while',
];

/** What the scopes of an OAuth client mean to people. Unknown ones are shown as they are. */
const meanings: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  profile: 'Know your name',
  email: 'Know your email address',
  offline_access: 'Stay logged in until you end it on your start page, or do not use it for a while',
  'channel:read': 'Read the packages of every organization that you belong to',
  'channel:upload': 'Publish packages where you may',
};
const meaningsOf = (scope: readonly string[]): string[] => scope.map((one) => meanings[one] ?? one);

function addPyx(app: Hono<HttpEnv>, { services: { pyxLogins } }: PagesDeps, tools: PageTools): void {
  const path = '/auth/cli/login/:id';
  app.get(path, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, c.req.path);
    const login = await pyxLogins.show(c.req.param('id'), browser, c.get('request'));
    if (login === undefined) return tools.outcome(c, 'ended', 410);
    const asking = { formToken: tools.guard.token(c), browser };
    return tools.sendTo(c, browser, approvalPage(pyxProps(login, c.req.path, asking)));
  });
  app.post(path, tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, c.req.path);
    const { decision } = await formFields(c);
    const settle = decision === 'approve' ? pyxLogins.approve : pyxLogins.deny;
    const settled = await settle(c.req.param('id'), browser, c.get('request'));
    if (!settled) return tools.outcome(c, 'ended', 410);
    return tools.outcome(c, decision === 'approve' ? 'approved' : 'denied');
  });
}

function pyxProps(login: PyxLoginView, action: string, { formToken, browser }: Asking): ApprovalProps {
  return {
    formToken,
    action,
    program: login.program ?? 'a program that has not called yet',
    ip: login.ip,
    askedAt: login.createdAt,
    gets: whole,
    person: browser.user,
  };
}

function addAuthorization(app: Hono<HttpEnv>, { authorizations, clock }: PagesDeps, tools: PageTools): void {
  const path = '/oauth2/interaction/:uid';
  app.get(path, async (c) => {
    const view = await authorizations.show(c.req.param('uid'), c.req.header('Cookie'));
    if (view === undefined) return tools.outcome(c, 'ended', 410);
    const browser = await tools.browser(c);
    const email = view.loginHint ?? undefined;
    if (browser === undefined) return tools.toSignIn(c, c.req.path, { email });
    if (view.signedInAfter !== null && browser.session.authenticatedAt <= view.signedInAfter) {
      return tools.toSignIn(c, c.req.path, { again: true });
    }
    const asking = { formToken: tools.guard.token(c), browser };
    const props = authorizationProps(view, c.req.path, {
      ...asking,
      request: c.get('request'),
      now: clock.now(),
    });
    return tools.sendTo(c, browser, approvalPage(props));
  });
  app.post(path, tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, c.req.path);
    const { decision } = await formFields(c);
    const uid = c.req.param('uid');
    const cookies = c.req.header('Cookie');
    const location =
      decision === 'approve'
        ? await authorizations.approve(uid, cookies, browser, c.get('request'))
        : await authorizations.deny(uid, cookies, c.get('request'));
    if (location === undefined) return tools.outcome(c, 'ended', 410);
    // Not a redirect: it leads to the program's loopback address, where `form-action` must not let forms go.
    return tools.send(c, continuePage(location));
  });
}

function authorizationProps(
  view: AuthorizationView,
  action: string,
  { formToken, browser, request, now }: Asking & { request: RequestContext; now: number },
): ApprovalProps {
  return {
    formToken,
    action,
    program: view.client.name,
    ip: request.ip,
    askedAt: now,
    gets: meaningsOf(view.scope),
    returnsTo: view.redirectOrigin,
    person: browser.user,
  };
}

function addDevice(app: Hono<HttpEnv>, { deviceApprovals }: PagesDeps, tools: PageTools): void {
  const ask = (view: DeviceView, { formToken, browser }: Asking): ApprovalProps => ({
    formToken,
    action: '/activate/decision',
    hidden: { user_code: view.userCode },
    code: view.userCode,
    program: `${view.client.name} (${view.program})`,
    ip: view.ip,
    askedAt: view.createdAt,
    gets: meaningsOf(view.scope),
    person: browser.user,
  });
  app.get('/activate', async (c) => {
    const browser = await tools.browser(c);
    const code = c.req.query('user_code')?.slice(0, 20);
    const here = code === undefined ? '/activate' : `/activate?${new URLSearchParams({ user_code: code })}`;
    if (browser === undefined) return tools.toSignIn(c, here);
    const props = { formToken: tools.guard.token(c), ...(code === undefined ? {} : { code }) };
    return tools.sendTo(c, browser, deviceCodePage(props));
  });
  app.post('/activate', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/activate');
    const { user_code: code = '' } = await formFields(c);
    const view = await deviceApprovals.show(code, browser, c.get('request'));
    const formToken = tools.guard.token(c);
    if (view !== undefined) return tools.sendTo(c, browser, approvalPage(ask(view, { formToken, browser })));
    const problem = 'It is mistyped, has expired, was already used, or was entered in another browser.';
    return tools.sendTo(c, browser, deviceCodePage({ formToken, code, problem }), 400);
  });
  app.post('/activate/decision', tools.guard.middleware, async (c) => {
    const browser = await tools.browser(c);
    if (browser === undefined) return tools.toSignIn(c, '/activate');
    const { user_code: code = '', decision } = await formFields(c);
    const settle = decision === 'approve' ? deviceApprovals.approve : deviceApprovals.deny;
    if (!(await settle(code, browser, c.get('request')))) return tools.outcome(c, 'ended', 410);
    return tools.outcome(c, decision === 'approve' ? 'approved' : 'denied');
  });
}

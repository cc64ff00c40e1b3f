import { Hono } from 'hono';
import { ServiceError, type ServiceErrorCode } from '../../core/errors.ts';
import { StorageError } from '../../core/ports/index.ts';
import type { HttpEnv } from '../environment.ts';
import { problemTable } from '../errors.ts';
import { approvalRoutes } from './approvals.ts';
import type { Assets } from './assets.ts';
import { canonicalHost } from './canonical-host.ts';
import { createCookies } from './cookies.ts';
import { createFormGuard } from './form-guard.ts';
import { homeRoutes } from './home.ts';
import { createPageTools, type PagesDeps, type PageTools } from './page-tools.ts';
import { signInRoutes } from './sign-in.ts';
import type { OutcomeName } from './views/outcome.ts';
import { problemPage } from './views/problems.ts';

export { type Assets, createAssets } from './assets.ts';
export { createErrorPage } from './error-page.ts';
export type { PagesDeps } from './page-tools.ts';

/**
 * The pages that people see: signing in, approving logins, the own account. Plain HTML that works without scripts,
 * with a keyboard, in both colour schemes.
 *
 * Must not know how anything is stored or issued: it calls the services. A page is a pure function in `views/` from
 * properties to content; its routes stand in the file of its subject here. To add one, add both, a row in
 * `routes.test.ts` and a picture in `scripts/screenshots.ts`. Every form that changes something carries the form
 * token; the guard refuses all others before a handler runs.
 */
export function createPages(deps: PagesDeps & { assets: Assets }): Hono<HttpEnv> {
  const { assets } = deps;
  const cookies = createCookies(deps.origin);
  const guard = createFormGuard({ ...deps, cookies, refuse: (c) => tools.outcome(c, 'form-expired', 403) });
  const tools: PageTools = createPageTools(deps, { assets, cookies, guard });
  const pages = new Hono<HttpEnv>();
  for (const path of ['/', '/sign-in', '/sign-in/*', '/activate', '/auth/cli/login/*']) {
    pages.use(path, canonicalHost(deps.origin));
  }
  pages.route('/', assets.surface);
  pages.route('/', signInRoutes(deps, tools));
  pages.route('/', approvalRoutes(deps, tools));
  pages.route('/', homeRoutes(deps, tools));
  addProblemPages(pages, tools);
  addNotFound(pages, tools);
  pages.onError((error, c) => {
    const { requestId } = c.get('request');
    const { outcome, status } = endingOf(error);
    if (status >= 500) deps.log.error({ requestId, error }, 'page failed');
    if (error instanceof ServiceError && error.retryAfter !== undefined) {
      c.header('Retry-After', String(error.retryAfter));
    }
    return tools.outcome(c, outcome, status);
  });
  return pages;
}

type Ending = { outcome: OutcomeName; status: 400 | 403 | 404 | 429 | 500 | 503 };
const endings: Readonly<Partial<Record<ServiceErrorCode, Ending>>> = {
  'rate-limited': { outcome: 'too-many', status: 429 },
  forbidden: { outcome: 'not-allowed', status: 403 },
  'not-found': { outcome: 'not-found', status: 404 },
  'invalid-request': { outcome: 'form-expired', status: 400 },
  unavailable: { outcome: 'unavailable', status: 503 },
};

function endingOf(error: unknown): Ending {
  const known = error instanceof ServiceError ? endings[error.code] : undefined;
  if (known !== undefined) return known;
  const down = error instanceof StorageError && error.code === 'unavailable';
  return down ? { outcome: 'unavailable', status: 503 } : { outcome: 'failed', status: 500 };
}

function addProblemPages(pages: Hono<HttpEnv>, tools: PageTools): void {
  pages.get('/errors/:code', (c) => {
    const row = Object.entries(problemTable).find(([code]) => code === c.req.param('code'));
    if (row === undefined) return tools.outcome(c, 'not-found', 404);
    return tools.send(c, problemPage({ code: row[0], ...row[1] }));
  });
}

/** Browsers get a page for an address that is none; programs fall through to problem details. */
function addNotFound(pages: Hono<HttpEnv>, tools: PageTools): void {
  pages.get('*', async (c, next) => {
    if (c.req.header('Accept')?.startsWith('text/html')) return tools.outcome(c, 'not-found', 404);
    return next();
  });
}

import { Hono } from 'hono';
import { ServiceError } from '../core/errors.ts';
import type { Log } from '../log.ts';
import type { HttpEnv } from './environment.ts';
import type { Problems } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { requestContext } from './middleware/request-context.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import type { RequestContexts } from './request-contexts.ts';

export type AppDeps = {
  origin: string;
  problems: Problems;
  contexts: RequestContexts;
  metrics: Metrics;
  log: Log;
  /** Rejects while the service cannot do its work. */
  ready(): Promise<void>;
  /** In the order in which they are asked; the last may end with a catch-all. */
  surfaces: readonly Hono<HttpEnv>[];
};

/** Bytes. Requests that carry packages do not come this way. */
const largestBody = 64 * 1024;

/** Everything that the service answers besides packages and the authorization server's own paths. */
export function createApp(deps: AppDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use(requestContext(deps.contexts));
  app.use(securityHeaders(deps.origin));
  app.use(async (c, next) => {
    if (hasControls(c.req.url))
      throw new ServiceError('invalid-request', 'The path holds control characters');
    // A body that unpacks to more than it weighs would get past the limit.
    if (c.req.header('Content-Encoding') !== undefined) {
      throw new ServiceError('unsupported-media-type', 'Send the body without Content-Encoding');
    }
    await next();
  });
  app.use(async (c, next) => {
    // Not Hono's bodyLimit: it cannot rebuild the adapter's request, which is what uv's POST without a length makes it do.
    if (c.req.header('Transfer-Encoding') !== undefined) {
      throw new ServiceError('invalid-request', 'Send the body with a Content-Length');
    }
    if (Number(c.req.header('Content-Length') ?? 0) > largestBody) {
      throw new ServiceError('too-large', `The body is larger than ${largestBody} bytes`);
    }
    await next();
  });
  addOperations(app, deps);
  for (const surface of deps.surfaces) app.route('/', surface);
  app.notFound((c) =>
    deps.problems.response(
      new ServiceError('not-found', 'There is nothing at this address'),
      c.get('request').requestId,
    ),
  );
  app.onError((error, c) => {
    const { requestId } = c.get('request');
    if (deps.problems.of(error, requestId).status >= 500)
      deps.log.error({ requestId, error }, 'request failed');
    return deps.problems.response(error, requestId);
  });
  return app;
}

/** Nothing of ours has them in its name, and no database takes all of them. `url` is as it came, percent-encoded. */
function hasControls(url: string): boolean {
  return /%(?:[01][0-9a-f]|7f)/i.test(url.split('?', 1)[0] ?? '');
}

/** What operators and their machines ask. Nothing in the answers is secret, so nobody is asked for a credential. */
function addOperations(app: Hono<HttpEnv>, { metrics, ready }: AppDeps): void {
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, noStore));
  app.get('/readyz', async (c) => {
    try {
      await ready();
    } catch (cause) {
      throw new ServiceError('unavailable', 'The service is not ready', { cause });
    }
    return c.json({ status: 'ready' }, 200, noStore);
  });
  app.get('/metrics', (c) =>
    c.text(metrics.render(), 200, { ...noStore, 'Content-Type': 'text/plain; version=0.0.4' }),
  );
}

const noStore = { 'Cache-Control': 'no-store' };

import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from '../environment.ts';
import type { RequestContexts } from '../request-contexts.ts';

/**
 * Gives each handler its `RequestContext`, names the request in the answer, and carries the reason phrase to the
 * wire, which the Node adapter of Hono does not do by itself.
 */
export const requestContext = (contexts: RequestContexts) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    // Under `app.request()` there are no bindings at all.
    const { incoming, outgoing } = (c.env as HttpEnv['Bindings'] | undefined) ?? {};
    const request = incoming === undefined ? contexts.detached(c.req.raw.headers) : contexts.of(incoming);
    c.set('request', request);
    await next();
    c.res.headers.set('X-Request-Id', request.requestId);
    if (outgoing !== undefined && c.res.statusText !== '') outgoing.statusMessage = c.res.statusText;
  });

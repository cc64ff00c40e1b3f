import { createMiddleware } from 'hono/factory';
import { isLoopbackHost } from '../../config/index.ts';
import type { HttpEnv } from '../environment.ts';

/**
 * Sends a browser that was pointed at another name of this machine (`localhost` for `127.0.0.1`) to the configured
 * one: cookies and the checks of forms hold for one name only. Not for names of other machines, which a proxy in front
 * of the service may have changed.
 */
export const canonicalHost = (origin: string) => {
  const own = new URL(origin);
  return createMiddleware<HttpEnv>(async (c, next) => {
    const asked = URL.parse(`${own.protocol}//${c.req.header('Host')}`);
    const differs = asked !== null && asked.host !== own.host;
    const here = differs && isLoopbackHost(asked.hostname) && isLoopbackHost(own.hostname);
    if (!here || c.req.method !== 'GET' || asked.port !== own.port) return next();
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(origin + pathname + search, 302);
  });
};

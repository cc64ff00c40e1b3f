import type { HttpBindings } from '@hono/node-server';
import type { RequestContext } from '../core/ports/index.ts';

/**
 * What every Hono handler of the service finds in its context: `c.get('request')` says who asks (request id,
 * address behind the trusted proxies, User-Agent). `c.env` holds Node's own request and response when the request
 * came over a socket, nothing under `app.request()`.
 */
export type HttpEnv = { Bindings: Partial<HttpBindings>; Variables: { request: RequestContext } };

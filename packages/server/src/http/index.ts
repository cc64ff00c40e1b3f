/**
 * The HTTP surface: one server, one way of a request through it (`request-handler.ts`), one table of errors
 * (`errors.ts`), and the application that answers everything but packages.
 *
 * Must not know storage, upstreams or how a token is made: it calls the services of the core. To add an endpoint,
 * add it to its file in `surfaces/` (or a page to `pages/`) and give it its row in `routes.test.ts`.
 */
export { createAccessLog } from './access-log.ts';
export { createApp } from './app.ts';
export type { HttpEnv } from './environment.ts';
export { createProblems, type Problems } from './errors.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { createRequestContexts, type RequestContexts } from './request-contexts.ts';
export { createRequestHandler } from './request-handler.ts';
export { type HttpServer, listen, type RawHandler, type TlsKeyPair } from './server.ts';

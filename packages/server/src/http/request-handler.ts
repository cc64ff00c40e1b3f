import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from '../log.ts';
import type { HttpEnv } from './environment.ts';
import type { Problems } from './errors.ts';
import type { RequestContexts } from './request-contexts.ts';
import type { RawHandler } from './server.ts';

export type RequestHandlerDeps = {
  /** Asked in this order before the application: whoever answers `true` has the request. */
  raw: readonly RawHandler[];
  app: Hono<HttpEnv>;
  observe(request: IncomingMessage, response: ServerResponse): void;
  problems: Problems;
  contexts: RequestContexts;
  log: Log;
};

/** The one way of a request through the service. A fault in one request answers that request and no other. */
export function createRequestHandler({
  raw,
  app,
  observe,
  problems,
  contexts,
  log,
}: RequestHandlerDeps): RequestListener {
  const fail = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
    const { requestId } = contexts.of(request);
    log.error({ requestId, error }, 'request failed');
    problems.write(response, error, requestId);
  };
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (request, response) => {
    observe(request, response);
    // An error on a socket that the client has left is nobody's fault, but without a listener it would end the process.
    response.on('error', () => {});
    try {
      for (const handle of raw) if (handle(request, response)) return;
      listener(request, response).catch((error: unknown) => fail(request, response, error));
    } catch (error) {
      fail(request, response, error);
    }
  };
}

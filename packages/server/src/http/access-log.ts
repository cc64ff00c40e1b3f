import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/ports/index.ts';
import type { Log } from '../log.ts';
import type { Metrics } from './metrics.ts';
import type { RequestContexts } from './request-contexts.ts';

/** First segments of paths → the part of the service that answers them; the labels of metrics. */
const surfaces: readonly (readonly [prefix: string, surface: string])[] = [
  ['/simple/', 'registry'],
  ['/v1/upload/', 'upload'],
  ['/api/', 'api'],
  ['/auth/cli/', 'pyx'],
  ['/oauth2/', 'oauth'],
  ['/.well-known/', 'oauth'],
  ['/healthz', 'health'],
  ['/readyz', 'health'],
  ['/metrics', 'health'],
];

export function surfaceOf(path: string): string {
  return surfaces.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'pages';
}

/** Parts of our own paths that are secrets or let their finder act; everything else is left to `redactText`. */
const secretSegments =
  /^(\/sign-in\/link\/|\/auth\/cli\/(?:login|status)\/|\/oauth2\/(?:interaction|authorize)\/)[^/]+/;

/** The path of a request target, without query, fit for a log line. */
export function loggedPath(target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? '';
  return path.replace(secretSegments, '$1***').slice(0, 300);
}

type AccessLogDeps = { log: Log; metrics: Metrics; clock: Clock; contexts: RequestContexts };

/**
 * Counts each response and writes a line about it: reads of packages only when they failed (or at level `debug`),
 * since they are the bulk; everything else always.
 */
export function createAccessLog({
  log,
  metrics,
  clock,
  contexts,
}: AccessLogDeps): (request: IncomingMessage, response: ServerResponse) => void {
  const requests = metrics.counter(
    'pkgauth_http_requests_total',
    'Answered requests by part of the service and status class.',
  );
  const aborted = metrics.counter(
    'pkgauth_http_aborted_total',
    'Responses that ended before they were whole.',
  );
  return (request, response) => {
    const began = clock.now();
    response.once('close', () => {
      const surface = surfaceOf(request.url ?? '');
      requests.add({ surface, status: `${Math.floor(response.statusCode / 100)}xx` });
      if (!response.writableFinished) aborted.add({ surface });
      const quiet = response.statusCode < 400 && (surface === 'registry' || surface === 'health');
      if (quiet && !log.debugEnabled) return;
      const { requestId, ip } = contexts.of(request);
      const fields = {
        requestId,
        ip,
        method: request.method,
        path: loggedPath(request.url ?? ''),
        status: response.statusCode,
        milliseconds: clock.now() - began,
        ...(response.writableFinished ? {} : { aborted: true }),
      };
      const level = response.statusCode >= 500 ? 'warn' : quiet ? 'debug' : 'info';
      log[level](fields, 'request');
    });
  };
}

import type { IncomingMessage } from 'node:http';
import type { Random, RequestContext } from '../core/ports/index.ts';
import { createClientAddress } from './client-address.ts';

/** Longest User-Agent that is kept; uv sends about 400 characters of JSON in it. */
const longestUserAgent = 1000;

/** Hands out the one `RequestContext` of a request, made when first asked for. */
export type RequestContexts = {
  of(request: IncomingMessage): RequestContext;
  /** For requests that never had a socket. */
  detached(headers: Headers): RequestContext;
};

export function createRequestContexts(random: Random, trustedProxies: readonly string[]): RequestContexts {
  const clientAddress = createClientAddress(trustedProxies);
  const process = Buffer.from(random.bytes(6)).toString('hex');
  const known = new WeakMap<IncomingMessage, RequestContext>();
  let count = 0;
  const next = (ip: string, userAgent: string): RequestContext => {
    count += 1;
    return {
      requestId: `req_${process}${count.toString(36)}`,
      ip,
      userAgent: userAgent.slice(0, longestUserAgent),
    };
  };
  return {
    of(request) {
      const former = known.get(request);
      if (former !== undefined) return former;
      const forwardedFor = request.headers['x-forwarded-for'];
      const ip = clientAddress({ peer: request.socket.remoteAddress, forwardedFor });
      const context = next(ip, request.headers['user-agent'] ?? '');
      known.set(request, context);
      return context;
    },
    detached: (headers) => next('127.0.0.1', headers.get('user-agent') ?? ''),
  };
}

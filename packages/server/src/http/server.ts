import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Answers a request and says so with `true`, or leaves it to the next handler. Must not throw. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** PEM texts. */
export type TlsKeyPair = { cert: string; key: string };

/** A listening socket whose handler may come later; until then, and while stopping, it says 503 to `/readyz`. */
export type HttpServer = {
  readonly port: number;
  /** False from the moment that `stop` was called. */
  readonly accepting: boolean;
  attach(handler: RequestListener): void;
  /**
   * Stops accepting, lets running requests finish and closes. Connections that are still busy after `limit`
   * milliseconds are cut. Answers whether all finished by themselves.
   */
  stop(limit: number): Promise<boolean>;
};

/** Milliseconds and bytes. Bodies have limits of their own where they are read. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  /** An upload of the largest file over a slow line. */
  requestTimeout: 60 * 60_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
  /** Without a byte in either direction. */
  idleSocket: 120_000,
  /** While stopping, clients may still use a connection that they hold, so that none is cut under a new request. */
  lastCalls: 500,
} as const;

/** Listens on `host:port`; port 0 takes any. Rejects when the address cannot be had. */
export async function listen(host: string, port: number, tls?: TlsKeyPair): Promise<HttpServer> {
  let handler: RequestListener = refuse;
  let stopping = false;
  const options = {
    maxHeaderSize: limits.maxHeaderSize,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.connectionsCheckingInterval,
    insecureHTTPParser: false,
  };
  const latest = new WeakMap<Socket, ServerResponse>();
  const listener: RequestListener = (request, response) => {
    latest.set(request.socket, response);
    if (stopping) response.setHeader('Connection', 'close');
    handler(request, response);
  };
  const server: Server =
    tls === undefined
      ? createServer(options, listener)
      : createSecureServer({ ...options, ...tls }, listener);
  server.timeout = limits.idleSocket;
  server.on('clientError', (error, socket: Socket) => refuseBadRequest(error, socket, latest.get(socket)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    get accepting() {
      return !stopping;
    },
    attach(next) {
      handler = next;
    },
    async stop(limit) {
      stopping = true;
      return drain(server, limit);
    },
  };
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, 'Starting', { 'Retry-After': '1', 'Content-Type': 'text/plain' });
  response.end('starting\n');
}

/**
 * What the parser did not accept: say so and close, so that nothing that follows is taken for a request (GW05). Where the
 * request was answered before its body turned out to be broken, that answer stays the only one.
 */
function refuseBadRequest(
  error: Error & { code?: string },
  socket: Socket,
  answer: ServerResponse | undefined,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (answer?.headersSent === true && !answer.req.complete) {
    socket.end();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function drain(server: Server, limit: number): Promise<boolean> {
  // Not http's own close: that would cut idle connections at once, under requests that are on their way.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  await Promise.race([closed, delay(Math.min(limits.lastCalls, limit))]);
  server.closeIdleConnections();
  const sweeper = setInterval(() => server.closeIdleConnections(), 100);
  const late = new AbortController();
  const finished = await Promise.race([
    closed.then(() => true),
    delay(limit, false, { signal: late.signal, ref: true }).catch(() => false),
  ]);
  late.abort();
  clearInterval(sweeper);
  server.closeAllConnections();
  server.close();
  return finished;
}

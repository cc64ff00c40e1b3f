import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientError } from '../errors.ts';
import { type Page, renderPage } from './result-page.ts';

/** The authorization answer that belongs to this login, and the browser that waits for ours. */
export type Callback = { readonly parameters: URLSearchParams; respond(page: Page): void };

export type LoopbackListener = {
  /** Where the service sends the browser (RFC 8252 §7.3). */
  readonly redirectUri: string;
  /** The first request with our path and state; rejects when the signal aborts. */
  readonly callback: Promise<Callback>;
  /** Stops listening; a second tab is still answered for a moment when the first one was. */
  close(): Promise<void>;
};

const path = '/callback';
const linger = 500;
const attempts = 10;

const alreadyUsed: Page = {
  status: 409,
  title: 'Already used',
  text: 'This login was answered in another tab. You can close this one.',
};
const refuse = (status: number): Page => ({
  status,
  title: 'Nothing here',
  text: 'This address only waits for a login to come back.',
});

const write = (response: ServerResponse, page: Page): void => {
  const { status, headers, body } = renderPage(page);
  response.writeHead(status, headers);
  response.end(body);
};

const listen = (server: Server, host: string, port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });

type Bound = { readonly port: number; readonly host: string; readonly servers: readonly Server[] };
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const limits = { headersTimeout: 10_000, requestTimeout: 10_000, maxHeaderSize: 16_384 };

// Both families on one port: the browser is sent to a literal address, but a proxy or policy may prefer the other.
const bindBoth = async (handler: Handler): Promise<Bound | undefined> => {
  const four = createServer(limits, handler);
  const port = await listen(four, '127.0.0.1', 0);
  if (port === undefined) {
    const only = createServer(limits, handler);
    const sixPort = await listen(only, '::1', 0);
    return sixPort === undefined ? undefined : { port: sixPort, host: '[::1]', servers: [only] };
  }
  const six = createServer(limits, handler);
  if ((await listen(six, '::1', port)) !== undefined)
    return { port, host: '127.0.0.1', servers: [four, six] };
  if (!(await hasLoopbackSix())) return { port, host: '127.0.0.1', servers: [four] };
  four.close();
  return undefined;
};

const hasLoopbackSix = async (): Promise<boolean> => {
  const probe = createServer();
  const port = await listen(probe, '::1', 0);
  probe.close();
  return port !== undefined;
};

// Another user's program on [::1] at our port would be reached by a browser that prefers IPv6.
const bind = async (handler: Handler): Promise<Bound> => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const bound = await bindBoth(handler);
    if (bound !== undefined) return bound;
  }
  throw new ClientError('failed', 'no port on this machine is free for the answer of the browser', {
    hint: 'use --device, which needs none',
  });
};

/** What a request is told when it cannot be the service's answer: LF01, LF04. */
const refusalOf = (request: IncomingMessage, port: number): Page | undefined => {
  const own = [`127.0.0.1:${port}`, `[::1]:${port}`, `localhost:${port}`];
  const { host, origin } = request.headers;
  if (host === undefined || !own.includes(host)) return refuse(403);
  if (origin !== undefined && !own.includes(origin.replace(/^http:\/\//, ''))) return refuse(403);
  if (request.method !== 'GET') return refuse(405);
  return undefined;
};

const queryOf = (request: IncomingMessage): URLSearchParams | undefined => {
  const target = request.url ?? '';
  const url = target.startsWith('/') ? URL.parse(target, 'http://127.0.0.1') : null;
  return url?.pathname === path ? url.searchParams : undefined;
};

const isOurs = (query: URLSearchParams | undefined, state: string): query is URLSearchParams => {
  const states = query?.getAll('state') ?? [];
  return states.length === 1 && states[0] === state;
};

const close = (servers: readonly Server[]): void => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
};

/**
 * Waits on 127.0.0.1 and ::1, on a port that the system chooses, for the one answer with this `state`; everything else
 * is refused and changes nothing (LF01–LF06).
 */
export const listenForCallback = async (
  state: string,
  signal: AbortSignal,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<LoopbackListener> => {
  const { promise, resolve, reject } = Promise.withResolvers<Callback>();
  // The caller may still be busy elsewhere when the signal aborts.
  promise.catch(() => undefined);
  let answered = false;
  const handler: Handler = (request, response) => {
    const refusal = refusalOf(request, bound.port);
    const query = queryOf(request);
    if (refusal !== undefined) write(response, refusal);
    else if (!isOurs(query, state)) write(response, refuse(404));
    else if (answered) write(response, alreadyUsed);
    else {
      answered = true;
      resolve({ parameters: query, respond: (page) => write(response, page) });
    }
  };
  const bound = await bind(handler);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return {
    redirectUri: `http://${bound.host}:${bound.port}${path}`,
    callback: promise,
    async close() {
      signal.removeEventListener('abort', abort);
      if (answered && !signal.aborted) await sleep(linger);
      close(bound.servers);
    },
  };
};

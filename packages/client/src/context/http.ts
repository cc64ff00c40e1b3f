import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { ProtocolError, requireSecure } from '@pkgauth/protocol';
import type { Http, HttpRequest, HttpResponse } from '../context.ts';
import { ClientError } from '../errors.ts';
import { type Certificates, certificatesFrom } from './certificates.ts';
import { exchangeError } from './http-errors.ts';
import { type ProxyServer, proxyFor } from './proxy.ts';
import { connectThroughSocks } from './socks.ts';
import { connectThroughHttp, connectToProxy, proxyHeaders } from './tunnel.ts';

const defaultTimeout = 30_000;
const maximumBody = 1024 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** Hosts (`host` or `host:port`) that the user has declared insecure: plain http may carry credentials there (LF26). */
const insecureHosts = (env: Env): string[] =>
  (env.PKGAUTH_INSECURE_HOST ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');

const requirePermitted = (url: URL, env: Env): void => {
  if (
    url.protocol === 'http:' &&
    insecureHosts(env).some((host) => host === url.host || host === url.hostname)
  ) {
    return;
  }
  try {
    requireSecure(url.href);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'insecure-url' ? 'insecure-url' : 'usage';
    throw new ClientError(code, error.reason, { hint: error.hint, cause: error });
  }
};

const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** Options that lead the request through the proxy. */
const throughProxy = async (
  url: URL,
  proxy: ProxyServer,
  certificates: Certificates,
  signal: AbortSignal,
): Promise<RequestOptions> => {
  const socket = await connectToProxy(proxy, certificates.ca, signal);
  if (url.protocol === 'http:' && proxy.kind !== 'socks5') {
    return { createConnection: () => socket, path: url.href, headers: proxyHeaders(proxy) };
  }
  if (proxy.kind === 'socks5') {
    await connectThroughSocks(socket, proxy, hostOf(url), portOf(url));
  } else {
    await connectThroughHttp(socket, proxy, hostOf(url), portOf(url));
  }
  if (url.protocol === 'http:') return { createConnection: () => socket };
  const tls = await import('node:tls');
  return { createConnection: () => tls.connect({ socket, servername: hostOf(url), ...certificates }) };
};

const readBody = (message: IncomingMessage, url: URL): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maximumBody) {
        reject(new ClientError('bad-response', `${url.host} answered with more than 1 MiB`));
        message.destroy();
      }
    });
    message.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    message.on('error', reject);
    message.on('aborted', () => reject(new ClientError('network', `${url.host} cut its answer short`)));
  });

const flatHeaders = (message: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
};

const answered = (request: ClientRequest, body: string | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });

const exchange = async (
  request: HttpRequest,
  url: URL,
  env: Env,
  signal: AbortSignal,
): Promise<HttpResponse> => {
  const certificates = url.protocol === 'https:' ? certificatesFrom(env) : {};
  const proxy = proxyFor(url, env);
  if (proxy === 'invalid') throw new ClientError('usage', 'the proxy variable does not hold a proxy URL');
  // A connection of our own making is only used when there is no agent.
  const route: RequestOptions =
    proxy === undefined ? { agent: false } : await throughProxy(url, proxy, certificates, signal);
  // Plain node:http(s): undici costs four times a bare start-up, and nothing here needs pooling or fetch semantics.
  const module = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const length =
    request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
  const message = await answered(
    module.request(url, {
      ...certificates,
      ...route,
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...length, ...request.headers, ...route.headers } as Record<
        string,
        string
      >,
      signal,
    }),
    request.body,
  );
  return {
    status: message.statusCode ?? 0,
    reason: message.statusMessage ?? '',
    headers: flatHeaders(message),
    body: await readBody(message, url),
  };
};

/** Rejects as soon as `signal` aborts, also while a proxy or name server keeps silent. */
const abortable = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/** The real network. See `Http`. */
export const nodeHttp = (env: Env): Http => ({
  send: async (request) => {
    const url = URL.parse(request.url);
    if (url === null) throw new ClientError('usage', 'not a URL');
    requirePermitted(url, env);
    const timeout = request.timeout ?? defaultTimeout;
    const limit = AbortSignal.timeout(timeout);
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
    try {
      return await abortable(exchange(request, url, env, signal), signal);
    } catch (error) {
      if (limit.aborted) {
        throw new ClientError('timeout', `${url.host} did not answer within ${Math.round(timeout / 1000)} s`);
      }
      if (request.signal?.aborted) throw new ClientError('interrupted', 'interrupted', { cause: error });
      throw exchangeError(error, url);
    }
  },
});

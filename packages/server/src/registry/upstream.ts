import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { ServiceError } from '../core/errors.ts';
import { trustMachineCertificates } from './certificates.ts';
import {
  type AddressClass,
  bareHost,
  classifyAddress,
  classifyHost,
  ForbiddenAddress,
  guardedLookup,
  mayReach,
  type Resolve,
  resolveHost,
} from './upstream-address.ts';

/** Milliseconds and bytes. */
export type UpstreamLimits = {
  connect: number;
  /** Until the head of an answer. */
  headers: number;
  /** Between two pieces of a body. */
  idle: number;
  /** For the whole of an index page. */
  page: number;
  pageBytes: number;
};

export const upstreamLimits: UpstreamLimits = {
  connect: 10_000,
  headers: 10_000,
  idle: 30_000,
  page: 60_000,
  pageBytes: 64 * 1024 * 1024,
};

export type UpstreamAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  body: Readable;
  /** After redirects. */
  url: URL;
};

/**
 * One upstream server on behalf of one registry. The registry's credential goes to the upstream's own origin and
 * nowhere else: not on a redirect, not to a file host (GW04, RM15). Nothing of a client's request is passed on.
 */
export type Upstream = {
  /** The index's address, ending in a slash. */
  readonly url: URL;
  /**
   * Asks `target`, following at most five redirects. Any final status is an answer; a failure to get one is
   * `ServiceError('upstream-failed' | 'upstream-timeout')`.
   */
  request(target: URL, request: UpstreamRequest): Promise<UpstreamAnswer>;
  close(): Promise<void>;
};

export type UpstreamRequest = {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

export type UpstreamOptions = {
  url: string;
  /** The `Authorization` value for the upstream's own origin. */
  authorization: string | undefined;
  limits?: UpstreamLimits;
  resolve?: Resolve;
};

const mostRedirects = 5;
/** Origins of file hosts that are kept connected to. */
const mostPools = 32;
const connectionsPerOrigin = 100;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { limits = upstreamLimits, resolve = resolveHost, authorization } = options;
  const url = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const pools = createPools(url, limits, resolve);

  async function request(target: URL, { method = 'GET', headers = {}, signal }: UpstreamRequest) {
    let current = target;
    for (let redirects = 0; ; redirects += 1) {
      checkTarget(current, url);
      const own = current.origin === url.origin;
      const pool = await pools.of(current);
      const answer = await pool.request({
        path: current.pathname + current.search,
        method,
        headers: {
          'user-agent': 'pkgauth',
          ...headers,
          ...(own && authorization !== undefined ? { authorization } : {}),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      // Whoever drops a body does not wait for its error; without a listener that would end the process.
      answer.body.on('error', () => {});
      const next = redirectOf(answer, current);
      if (next === undefined)
        return { status: answer.statusCode, headers: answer.headers, body: answer.body, url: current };
      await answer.body.dump({ limit: 16 * 1024 }).catch(() => undefined);
      if (redirects === mostRedirects) throw failed(current, 'redirects in a circle');
      current = next;
    }
  }

  return {
    url,
    request: (target, options) =>
      request(target, options).catch((error: unknown) => {
        throw upstreamError(target, error);
      }),
    close: () => pools.close(),
  };
}

type Pools = { of(target: URL): Promise<Pool>; close(): Promise<void> };

function createPools(home: URL, limits: UpstreamLimits, resolve: Resolve): Pools {
  const pools = new Map<string, Pool>();
  let homeClasses: Promise<ReadonlySet<AddressClass>> | undefined;
  const classesOfHome = () => {
    homeClasses ??= classifyHost(home.hostname, resolve).catch((error) => {
      homeClasses = undefined;
      throw error;
    });
    return homeClasses;
  };
  const lookup = guardedLookup(resolve, classesOfHome);

  function open(origin: string): Pool {
    if (origin.startsWith('https:')) trustMachineCertificates();
    return new Pool(origin, {
      connections: connectionsPerOrigin,
      headersTimeout: limits.headers,
      bodyTimeout: limits.idle,
      connect: { timeout: limits.connect, ...(origin === home.origin ? {} : { lookup }) },
    });
  }

  return {
    async of({ origin, hostname }) {
      const host = bareHost(hostname);
      // `lookup` is not asked about an address that is written as one.
      const literal = origin !== home.origin && isIP(host) !== 0;
      if (literal && !mayReach(classifyAddress(host), await classesOfHome()))
        throw new ForbiddenAddress(hostname);
      const pool = pools.get(origin) ?? open(origin);
      pools.delete(origin);
      pools.set(origin, pool);
      const [oldest] = pools;
      if (pools.size > mostPools && oldest !== undefined) {
        pools.delete(oldest[0]);
        oldest[1].close().catch(() => undefined);
      }
      return pool;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function checkTarget(target: URL, home: URL): void {
  if (target.protocol !== 'https:' && target.protocol !== 'http:')
    throw failed(target, 'is not an http address');
  if (target.protocol === 'http:' && home.protocol === 'https:')
    throw failed(target, 'would be asked without TLS');
  if (target.username !== '' || target.password !== '')
    throw failed(target, 'is given with a credential in its address');
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

function redirectOf(answer: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = answer.headers;
  if (!redirectStatuses.has(answer.statusCode) || typeof location !== 'string') return undefined;
  const target = URL.parse(location, from.href);
  if (target === null) throw failed(from, 'redirects to what is no address');
  return target;
}

function failed(target: URL, what: string): ServiceError {
  return new ServiceError('upstream-failed', `the upstream ${target.host} ${what}`);
}

const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** What a broken conversation with an upstream is to a client. Names the host, never a path, query or credential. */
export function upstreamError(target: URL, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof ForbiddenAddress) {
    return new ServiceError('upstream-failed', `the upstream sends to ${target.host}, where it may not`, {
      cause: error,
    });
  }
  const { code, name } = error as { code?: string; name?: string };
  const late = name === 'TimeoutError' || (code !== undefined && timeouts.has(code));
  return late
    ? new ServiceError('upstream-timeout', `the upstream ${target.host} did not answer in time`, {
        cause: error,
      })
    : new ServiceError('upstream-failed', `the upstream ${target.host} could not be read`, { cause: error });
}

/** Reads a body of at most `limit` bytes into memory. */
export async function readBody(answer: UpstreamAnswer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw failed(answer.url, `sends more than ${limit} bytes for one page`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw upstreamError(answer.url, error);
  }
  return Buffer.concat(chunks, size);
}

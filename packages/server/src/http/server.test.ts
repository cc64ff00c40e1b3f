import { randomBytes } from 'node:crypto';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../core/errors.ts';
import { silentLog } from '../log.ts';
import { createAccessLog, loggedPath, surfaceOf } from './access-log.ts';
import { createApp } from './app.ts';
import { createClientAddress } from './client-address.ts';
import type { HttpEnv } from './environment.ts';
import { createProblems } from './errors.ts';
import { createMetrics } from './metrics.ts';
import { createRequestContexts } from './request-contexts.ts';
import { createRequestHandler } from './request-handler.ts';
import { type HttpServer, listen, type RawHandler } from './server.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const clock = { now: () => Date.now() };

function compose(options: {
  raw?: RawHandler[];
  surface?: Hono<HttpEnv>;
  proxies?: string[];
  ready?: () => Promise<void>;
  log?: typeof silentLog;
}) {
  const problems = createProblems('http://127.0.0.1:8585');
  const contexts = createRequestContexts(random, options.proxies ?? []);
  const metrics = createMetrics();
  const log = options.log ?? silentLog;
  const app = createApp({
    origin: 'http://127.0.0.1:8585',
    problems,
    contexts,
    metrics,
    log,
    ready: options.ready ?? (async () => {}),
    surfaces: options.surface === undefined ? [] : [options.surface],
  });
  const observe = createAccessLog({ log, metrics, clock, contexts });
  return {
    app,
    metrics,
    handler: createRequestHandler({ raw: options.raw ?? [], app, observe, problems, contexts, log }),
  };
}

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(0)));
});

async function start(options: Parameters<typeof compose>[0]) {
  const composed = compose(options);
  const server = await listen('127.0.0.1', 0);
  server.attach(composed.handler);
  running.push(server);
  return { ...composed, server, url: `http://127.0.0.1:${server.port}` };
}

async function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('the server', () => {
  it('answers the operators', async () => {
    const { url } = await start({});
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('pkgauth_http_requests_total{surface="health",status="2xx"} 2\n');
  });

  it('says 503 with Retry-After when it is not ready', async () => {
    const { app } = compose({ ready: () => Promise.reject(new Error('postgres://user:pw@h is down')) });
    const response = await app.request('/readyz');
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('5');
    expect(await response.text()).not.toContain('pw');
  });

  it('carries reason phrase, request id and challenge of a surface to the wire', async () => {
    const surface = new Hono<HttpEnv>().get('/fail', () => {
      throw new ServiceError('credential-expired', 'The API key expired');
    });
    const { url } = await start({ surface });
    const answer = await new Promise<IncomingMessage>((resolve) => get(`${url}/fail`, resolve));
    answer.resume();
    expect(answer.statusMessage).toBe('The API key expired');
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-f]{12}\w+$/);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.rawHeaders.filter((name) => name.toLowerCase() === 'www-authenticate')).toHaveLength(1);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic .*Bearer /);
  });

  it('lets raw handlers look first and survives their faults', async () => {
    const taken: RawHandler = (request, response) => {
      if (request.url === '/boom') throw new Error('boom');
      if (request.url !== '/simple/x/') return false;
      response.end('raw');
      return true;
    };
    const { url } = await start({ raw: [taken] });
    expect(await (await fetch(`${url}/simple/x/`)).text()).toBe('raw');
    const failed = await fetch(`${url}/boom`);
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('boom');
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses bodies that are too large or packed', async () => {
    const surface = new Hono<HttpEnv>().post('/in', async (c) => c.text(String((await c.req.text()).length)));
    const { url } = await start({ surface });
    const post = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
      fetch(`${url}/in`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    expect(await (await post('abc')).text()).toBe('3');
    expect((await post('x'.repeat(70_000))).status).toBe(413);
    const chunks = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 70; index += 1) controller.enqueue(new Uint8Array(1024));
        controller.close();
      },
    });
    expect((await post(chunks)).status).toBe(400);
    expect((await post('x', { 'Content-Encoding': 'gzip' })).status).toBe(415);
  });

  it('sends the headers that keep a browser from doing what nobody asked for', async () => {
    const { app } = compose({});
    const { headers } = await app.request('/healthz');
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Strict-Transport-Security')).toBeNull();
  });

  it.each([
    [
      'both lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['odd transfer encoding', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['space before colon', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc'],
    [
      'folded header',
      'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['garbage', '\x16\x03\x01 hello\r\n\r\n'],
  ])('GW05 answers %s with 400 and closes', async (_, bytes) => {
    const { server } = await start({});
    expect(await raw(server.port, bytes)).toMatch(/^HTTP\/1\.1 400 [\s\S]*connection: close/i);
  });

  it('answers 431 to a header that never ends', async () => {
    const { server } = await start({});
    expect(await raw(server.port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

describe('PS13 stopping', () => {
  it('finishes what runs, answers on connections that are held, then refuses', async () => {
    const began = Promise.withResolvers<void>();
    const surface = new Hono<HttpEnv>().get('/slow', async (c) => {
      began.resolve();
      await delay(300);
      return c.text('whole');
    });
    const { url, server } = await start({ surface });
    const agent = new Agent({ keepAlive: true });
    const ask = (path: string) =>
      new Promise<{ status: number | undefined; connection: string | undefined; body: string }>(
        (resolve, reject) => {
          get(`${url}${path}`, { agent }, (answer) => {
            let body = '';
            answer.on('data', (chunk: Buffer) => {
              body += chunk.toString();
            });
            answer.on('end', () =>
              resolve({ status: answer.statusCode, connection: answer.headers.connection, body }),
            );
          }).on('error', reject);
        },
      );
    await Promise.all([ask('/healthz'), ask('/healthz')]);
    const slow = ask('/slow');
    await began.promise;
    const stopped = server.stop(5_000);
    expect(server.accepting).toBe(false);
    expect(await ask('/healthz')).toMatchObject({ status: 200, connection: 'close' });
    expect((await slow).body).toBe('whole');
    expect(await stopped).toBe(true);
    agent.destroy();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('cuts what does not end in time', async () => {
    const surface = new Hono<HttpEnv>().get('/never', () => new Promise<Response>(() => {}));
    const { url, server } = await start({ surface });
    const never = fetch(`${url}/never`).catch(() => 'cut');
    await delay(50);
    expect(await server.stop(100)).toBe(false);
    expect(await never).toBe('cut');
  });
});

describe('GW02 the address of the client', () => {
  const address = createClientAddress(['10.0.0.0/8', '::1', '192.0.2.7']);
  it.each([
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['10.0.0.1', '6.6.6.6, 198.51.100.1, 192.0.2.7', '198.51.100.1'],
    ['10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '"><script>', '10.0.0.1'],
    ['::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['10.0.0.1', '198.51.100.1:99', '198.51.100.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    [undefined, '1.1.1.1', 'unknown'],
  ])('peer %s claiming %s is %s', (peer, forwardedFor, expected) => {
    expect(address({ peer, forwardedFor })).toBe(expected);
  });
});

describe('the access log', () => {
  it('PS10 leaves out queries and the parts of paths that are secrets', () => {
    expect(loggedPath('/sign-in?next=/x&token=canary')).toBe('/sign-in');
    expect(loggedPath('/sign-in/link/canary')).toBe('/sign-in/link/***');
    expect(loggedPath('/auth/cli/login/canary/approve')).toBe('/auth/cli/login/***/approve');
    expect(loggedPath(`/${'x'.repeat(5000)}`)).toHaveLength(300);
  });

  it('writes about failures and pages, not about each package read', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = {
      ...silentLog,
      info: (fields: Record<string, unknown>) => lines.push(fields),
      warn: (fields: Record<string, unknown>) => lines.push(fields),
    };
    const registry: RawHandler = (request, response) => {
      if (!request.url?.startsWith('/simple/')) return false;
      response.statusCode = request.url.includes('bad') ? 502 : 200;
      response.end();
      return true;
    };
    const { url } = await start({ raw: [registry], log });
    await fetch(`${url}/simple/good/?secret=canary`);
    await fetch(`${url}/simple/bad/?secret=canary`);
    await fetch(`${url}/gone`, { headers: { Authorization: 'Bearer canary' } });
    await delay(50);
    expect(lines.map(({ path, status }) => [path, status])).toEqual([
      ['/simple/bad/', 502],
      ['/gone', 404],
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('names a surface for every path', () => {
    expect(
      ['/simple/a/', '/v1/upload/a/b', '/api/v1/whoami', '/auth/cli/status/x', '/oauth2/token', '/x'].map(
        surfaceOf,
      ),
    ).toEqual(['registry', 'upload', 'api', 'pyx', 'oauth', 'pages']);
  });
});

describe('metrics', () => {
  it('render in the Prometheus text format', () => {
    const metrics = createMetrics();
    const hits = metrics.counter('cache_hits_total', 'Hits.');
    hits.add({ cache: 'pages' });
    hits.add({ cache: 'pages' }, 2);
    metrics.gauge('open_files', 'Open files.', () => 7);
    expect(metrics.render()).toBe(
      '# HELP cache_hits_total Hits.\n# TYPE cache_hits_total counter\ncache_hits_total{cache="pages"} 3\n' +
        '# HELP open_files Open files.\n# TYPE open_files gauge\nopen_files 7\n',
    );
    expect(() => metrics.counter('open_files', 'x')).toThrow(TypeError);
  });
});

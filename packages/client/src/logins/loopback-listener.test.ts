import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LoopbackListener, listenForCallback } from './loopback-listener.ts';

type Answer = { status: number; headers: NodeJS.Dict<string | string[]>; body: string };

const send = (
  target: string,
  options: { method?: string; headers?: Record<string, string>; host?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const url = new URL(target);
    const message = request(
      {
        hostname: options.host ?? url.hostname.replace(/[[\]]/g, ''),
        port: url.port,
        path: url.pathname + url.search,
        agent: false,
        ...options,
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    message.on('error', reject);
    message.end();
  });

const state = 'state-of-this-login';
const page = { status: 200, title: 'Done', text: 'as the test says' };
let open: LoopbackListener[] = [];

const listen = async (signal = new AbortController().signal): Promise<LoopbackListener> => {
  const listener = await listenForCallback(
    state,
    signal,
    async (milliseconds) => void (await sleep(milliseconds)),
  );
  open.push(listener);
  return listener;
};
const ours = (listener: LoopbackListener): string => `${listener.redirectUri}?code=c&state=${state}`;

afterEach(async () => {
  for (const listener of open) await listener.close();
  open = [];
});

describe('the loopback listener', () => {
  it('hands over the answer with our path and state', async () => {
    const listener = await listen();
    const answered = send(ours(listener));
    const callback = await listener.callback;
    expect(callback.parameters.get('code')).toBe('c');
    callback.respond(page);
    expect(await answered).toMatchObject({ status: 200, body: expect.stringContaining('as the test says') });
  });

  it('LF01 any request that is not our path and state gets 404, and it keeps listening', async () => {
    const listener = await listen();
    const base = new URL(listener.redirectUri).origin;
    for (const path of [
      '/favicon.ico',
      '/',
      '/callback/',
      `/other?state=${state}&code=x`,
      '//evil.example/callback',
      '/callback',
    ]) {
      expect((await send(base + path)).status).toBe(404);
    }
    const answered = send(ours(listener));
    (await listener.callback).respond(page);
    expect((await answered).status).toBe(200);
  });

  it('LF02 a missing, wrong or doubled state, or an error without state, is ignored and the real one still succeeds', async () => {
    const listener = await listen();
    for (const query of [
      'code=evil',
      'code=evil&state=',
      'code=evil&state=other',
      `state=${state}&state=${state}`,
      'error=access_denied',
    ]) {
      expect((await send(`${listener.redirectUri}?${query}`)).status).toBe(404);
    }
    const answered = send(ours(listener));
    const callback = await listener.callback;
    expect(callback.parameters.get('code')).toBe('c');
    callback.respond(page);
    await answered;
  });

  it('LF03 the first callback wins, a second one is told that it is already used', async () => {
    const listener = await listen();
    const first = send(ours(listener));
    const callback = await listener.callback;
    const second = await send(`${listener.redirectUri}?code=second&state=${state}`);
    expect(second).toMatchObject({ status: 409, body: expect.stringContaining('Already used') });
    callback.respond(page);
    expect((await first).status).toBe(200);
    const closing = listener.close();
    expect((await send(ours(listener))).status).toBe(409);
    await closing;
  });

  it('LF04 a foreign Host, a cross-site Origin or another method is refused', async () => {
    const listener = await listen();
    const target = ours(listener);
    const { port } = new URL(target);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.nip.io:${port}`,
      '127.0.0.1',
      `127.0.0.1:${Number(port) - 1}`,
    ]) {
      expect((await send(target, { headers: { Host: host } })).status).toBe(403);
    }
    expect((await send(target, { headers: { Origin: 'https://evil.example' } })).status).toBe(403);
    expect((await send(target, { headers: { Origin: 'null' } })).status).toBe(403);
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'PUT'])
      expect((await send(target, { method })).status).toBe(405);
    for (const host of [`localhost:${port}`, `[::1]:${port}`]) {
      expect((await send(target.replace(state, 'x'), { headers: { Host: host } })).status).toBe(404);
    }
  });

  it('LF05 listens on loopback addresses only, on one port from 1024 on, and is gone after it closed', async () => {
    const listener = await listen();
    const { port, hostname } = new URL(listener.redirectUri);
    expect(hostname).toBe('127.0.0.1');
    expect(Number(port)).toBeGreaterThanOrEqual(1024);
    expect((await send(`http://[::1]:${port}/`)).status).toBe(404);
    await expect(send(`http://127.0.0.1:${port}/`, { host: '127.0.0.2' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await listener.close();
    for (const host of ['127.0.0.1', '::1']) {
      await expect(send(`http://127.0.0.1:${port}/`, { host })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });
    }
  });

  it('LF05 a port that somebody else has is not used', async () => {
    const taken = createServer().listen(0, '::1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listen()));
    const ports = listeners.map(({ redirectUri }) => new URL(redirectUri).port);
    expect(new Set(ports).size).toBe(20);
    expect(ports).not.toContain(String(port));
    taken.close();
  });

  it('LF06 the page has no script, escapes its text, and may not be cached, framed or referred from', async () => {
    const listener = await listen();
    const answered = send(ours(listener));
    (await listener.callback).respond({
      status: 400,
      title: '<script>alert(1)</script>',
      text: '"><img src=x onerror=alert(1)>',
    });
    const { status, headers, body } = await answered;
    expect(status).toBe(400);
    expect(body).not.toMatch(/<script|<img/);
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors 'none'/,
      ),
    });
  });

  it('LF13 an abort rejects the wait with its reason', async () => {
    const controller = new AbortController();
    const listener = await listen(controller.signal);
    const reason = new Error('Ctrl-C');
    controller.abort(reason);
    await expect(listener.callback).rejects.toBe(reason);
  });
});

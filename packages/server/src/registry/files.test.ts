import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Blob } from '../core/ports/index.ts';
import type { ArrivalReader } from './arrival.ts';
import { requestedRange } from './conditional.ts';
import { createFileSender, type FileSender, type SentFile } from './files.ts';

const content = Buffer.from(Array.from({ length: 900_000 }, (_, at) => (at * 31) >> 3));
const tag = '"tag"';

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer; complete: boolean };

describe('sending files', () => {
  let directory: string;
  let blob: Blob;
  let sender: FileSender;
  let server: Server;
  let open: (request: IncomingMessage) => SentFile;
  let sent: Promise<void>[];
  let failures: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pkgauth-files-'));
    blob = { sha256: 'x', size: content.length, path: join(directory, 'blob') };
    await writeFile(blob.path, content);
    sender = createFileSender();
    sent = [];
    failures = [];
    open = (request) => ({
      content: { kind: 'blob', blob },
      tag,
      range: requestedRange(request.headers, tag),
    });
    server = createServer((request, response) => {
      if (request.method === 'HEAD') return sender.describe(response, content.length, tag);
      sent.push(
        sender.send(response, open(request)).catch((error: Error) => void failures.push(error.message)),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    sender.close();
    await rm(directory, { recursive: true, force: true });
  });

  const port = () => (server.address() as AddressInfo).port;
  const ask = (headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const request = get({ port: port(), host: '127.0.0.1', headers, method, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => {});
        response.on('close', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            complete: response.complete,
          }),
        );
      });
      request.on('error', reject);
    });

  const reader = (
    total: number | undefined,
    first: number,
    work: ArrivalReader['read'],
  ): SentFile['content'] => ({
    kind: 'arriving',
    reader: { total, first, read: work, leave: () => left.push(first) },
  });
  const left: number[] = [];
  const from = (bytes: Buffer, piece: number): ArrivalReader['read'] => {
    let at = 0;
    return async (into) => {
      const count = bytes.copy(into, 0, at, Math.min(at + piece, at + into.length));
      at += count;
      return count;
    };
  };

  it('GW10 sends the whole with its length, tag and private caching', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.body.equals(content)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-length': String(content.length),
      etag: tag,
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
    });
    expect(answer.headers['cache-control']).toMatch(/^private,/);
    expect(answer.headers.vary).toContain('Authorization');
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-99', 10, 99],
    ['bytes=899999-', 899_999, 899_999],
    ['bytes=300000-700000', 300_000, 700_000],
    ['bytes=-5', 899_995, 899_999],
    ['bytes=0-9999999', 0, 899_999],
  ])('GW10 sends %s', async (range, first, last) => {
    const answer = await ask({ range });
    expect(answer).toMatchObject({ status: 206, complete: true });
    expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/900000`);
    expect(answer.body.equals(content.subarray(first, last + 1))).toBe(true);
  });

  it('GW10 answers 416 to what is beyond the end, and the whole when If-Range does not hold', async () => {
    expect(await ask({ range: 'bytes=900000-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */900000' },
    });
    expect(await ask({ range: 'bytes=0-1', 'if-range': '"other"' })).toMatchObject({ status: 200 });
    expect(await ask({ range: 'bytes=0-1', 'if-range': tag })).toMatchObject({ status: 206 });
  });

  it('GW10 answers HEAD with the length and no body', async () => {
    const answer = await ask({}, 'HEAD');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '900000', etag: tag } });
    expect(answer.body).toHaveLength(0);
  });

  it('serves 50 at once from one open file', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
    for (const { body } of answers) expect(body.equals(content)).toBe(true);
    const links = (await readdir('/proc/self/fd')).length;
    expect(links).toBeLessThan(200);
  });

  it('sends an empty file', async () => {
    blob = { ...blob, size: 0, path: join(directory, 'empty') };
    await writeFile(blob.path, '');
    expect(await ask()).toMatchObject({ status: 200, complete: true, headers: { 'content-length': '0' } });
  });

  it('sends a small file from memory, whole and in part, and not when its length is wrong', async () => {
    blob = { ...blob, size: 1000, path: join(directory, 'small') };
    await writeFile(blob.path, content.subarray(0, 1000));
    expect((await ask()).body.equals(content.subarray(0, 1000))).toBe(true);
    await truncate(blob.path, 500);
    expect((await ask({ range: 'bytes=-10' })).body.equals(content.subarray(990, 1000))).toBe(true);
    sender.close();
    sender = createFileSender();
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      sender.send(response, open(request)).catch(() => response.writeHead(500).end());
    });
    expect(await ask()).toMatchObject({ status: 500 });
  });

  it('never ends a file cleanly that is shorter than it was', async () => {
    await truncate(blob.path, 500_000);
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, complete: false });
    expect(failures).toEqual(['the file is shorter than it was']);
  });

  it('rejects before anything is sent when the file is gone', async () => {
    blob = { ...blob, path: join(directory, 'gone') };
    const refused = new Promise<unknown>((resolve) => {
      server.removeAllListeners('request');
      server.on('request', (request, response) => {
        sender.send(response, open(request)).catch((error) => {
          response.end();
          resolve(error);
        });
      });
    });
    await ask();
    expect(await refused).toMatchObject({ code: 'ENOENT' });
  });

  it('GW10 frees the file and its reader as soon as the client has gone', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(sent);
    expect(sent).toHaveLength(1);
  });

  it('follows a file that arrives, in pieces and in part', async () => {
    open = () => ({
      content: reader(content.length, 0, from(content, 70_000)),
      tag: undefined,
      range: undefined,
    });
    const whole = await ask();
    expect(whole).toMatchObject({ status: 200, complete: true, headers: { 'content-length': '900000' } });
    expect(whole.body.equals(content)).toBe(true);
    const rest = content.subarray(1000);
    open = () => ({
      content: reader(content.length, 1000, from(rest, 9)),
      tag,
      range: { first: 1000, last: 1999 },
    });
    const part = await ask();
    expect(part).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 1000-1999/900000' } });
    expect(part.body.equals(rest.subarray(0, 1000))).toBe(true);
    expect(left).toEqual([0, 1000]);
  });

  it('sends a file of unknown length in chunks, whole although a range was asked', async () => {
    open = () => ({
      content: reader(undefined, 0, from(content, 100_000)),
      tag: undefined,
      range: { first: 0, last: 5 },
    });
    const answer = await ask();
    expect(answer).toMatchObject({
      status: 200,
      complete: true,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(createHash('sha256').update(answer.body).digest()).toEqual(
      createHash('sha256').update(content).digest(),
    );
  });

  it.each([content.length, undefined])(
    'GW08 a transfer that fails cuts the connection (total %s)',
    async (total) => {
      const good = from(content, 100_000);
      let count = 0;
      open = () => ({
        content: reader(total, 0, (into) => (++count > 3 ? Promise.reject(new Error('wrong')) : good(into))),
        tag: undefined,
        range: undefined,
      });
      expect(await ask()).toMatchObject({ status: 200, complete: false });
    },
  );

  it('passes a part on as it comes, and cuts it off when it breaks', async () => {
    const body = async function* () {
      yield content.subarray(100, 150);
      yield content.subarray(150, 200);
    };
    const part = (generate: () => AsyncGenerator<Uint8Array>): SentFile => ({
      content: {
        kind: 'part',
        first: 100,
        last: 199,
        total: 900_000,
        body: Object.assign(generate(), { destroy() {} }),
      },
      tag: undefined,
      range: { first: 100, last: 199 },
    });
    open = () => part(body);
    const answer = await ask();
    expect(answer).toMatchObject({
      status: 206,
      complete: true,
      headers: { 'content-range': 'bytes 100-199/900000' },
    });
    expect(answer.body.equals(content.subarray(100, 200))).toBe(true);
    open = () =>
      part(async function* () {
        yield content.subarray(100, 150);
        throw new Error('broke');
      });
    expect(await ask()).toMatchObject({ status: 206, complete: false });
  });
});

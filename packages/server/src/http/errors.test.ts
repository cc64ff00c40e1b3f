import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError, serviceErrorCodes } from '../core/errors.ts';
import { StorageError } from '../core/ports/index.ts';
import { createProblems, problemTable } from './errors.ts';

const problems = createProblems('https://pkg.example.com');
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function fetchFrom(
  handle: Parameters<typeof createServer>[1],
  method = 'GET',
): Promise<{ message: IncomingMessage; body: string }> {
  const server = createServer(handle);
  closers.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: '127.0.0.1', port, method, agent: false }, (message) => {
      let body = '';
      message.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      message.on('end', () => resolve({ message, body }));
      message.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('problems', () => {
  it.each(serviceErrorCodes)('%s has the status and title of its row', async (code) => {
    const response = problems.response(new ServiceError(code, 'What happened'), 'req_1');
    const row = problemTable[code];
    expect(response.status).toBe(row.status);
    expect(response.statusText).toBe('What happened');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: `/errors/${code}`,
      title: row.title,
      status: row.status,
      detail: 'What happened',
      code,
      request_id: 'req_1',
    });
  });

  it('every 401 challenges, with Basic before Bearer and the RFC 9728 pointer', () => {
    for (const code of serviceErrorCodes.filter((one) => problemTable[one].status === 401)) {
      const challenge = problems.of(new ServiceError(code, 'x'), 'r').headers['WWW-Authenticate'];
      expect(challenge?.[0]).toMatch(/^Basic realm="pkgauth"/);
      expect(challenge?.[1]).toContain(
        'resource_metadata="https://pkg.example.com/.well-known/oauth-protected-resource"',
      );
    }
    expect(problems.of(new ServiceError('forbidden', 'x'), 'r').headers['WWW-Authenticate']).toBeUndefined();
  });

  it('says when to come back for what passes by itself', () => {
    expect(
      problems.of(new ServiceError('rate-limited', 'x', { retryAfter: 60 }), 'r').headers['Retry-After'],
    ).toBe('60');
    expect(problems.of(new StorageError('unavailable', 'disk /secret/path is full'), 'r')).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '5' },
      body: { detail: 'Unavailable for a moment' },
    });
  });

  it('never tells the message of an error that is not meant for the client', () => {
    const problem = problems.of(new Error('password=hunter2'), 'r');
    expect(problem.code).toBe('internal');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  it('puts the message, as ASCII, into the reason phrase of a raw response', async () => {
    const { message, body } = await fetchFrom((_, response) => {
      problems.write(
        response,
        new ServiceError('credential-expired', 'The API key expired – run: pkgauth login'),
        'r',
      );
    });
    expect(message.statusCode).toBe(401);
    expect(message.statusMessage).toBe('The API key expired run: pkgauth login');
    expect(message.rawHeaders.filter((name) => name === 'WWW-Authenticate')).toHaveLength(2);
    expect(JSON.parse(body).detail).toBe('The API key expired – run: pkgauth login');
  });

  it('answers HEAD without a body and cuts a response that has begun', async () => {
    const head = await fetchFrom(
      (_, response) => problems.write(response, new ServiceError('not-found', 'No'), 'r'),
      'HEAD',
    );
    expect(head.message.statusCode).toBe(404);
    expect(head.body).toBe('');
    const begun = fetchFrom((_, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half');
      setImmediate(() => problems.write(response, new Error('boom'), 'r'));
    });
    await expect(begun).rejects.toThrow();
  });

  it('makes a legal reason phrase of any message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const { reason } = problems.of(new ServiceError('forbidden', text), 'r');
        expect(reason).toMatch(/^[\x20-\x7e]{1,120}$/);
      }),
    );
  });
});

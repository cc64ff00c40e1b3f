import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import requests from '../../../../vectors/bazel/requests.json' with { type: 'json' };
import { type Credential, Secret } from '../credentials/index.ts';
import { formatBazelAnswer, parseBazelRequest } from './index.ts';

const unsafe = ['a\nb', 'a\rb', 'a\0b', '\ud800', '\udc00x'];

describe('Bazel requests', () => {
  it.each(requests.cases)('HP02 $stdin', ({ stdin, url, refused }) => {
    if (refused === undefined) expect(parseBazelRequest(stdin)).toEqual({ url });
    else expect(() => parseBazelRequest(stdin)).toThrow(expect.objectContaining({ code: refused }));
  });

  it('HP03 refuses more than 64 KiB, deep nesting and what is no text', () => {
    expect(() => parseBazelRequest(`{"uri":"https://h.example.com/${'a'.repeat(65_536)}"}`)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parseBazelRequest(`{"a":${'['.repeat(60_000)}`)).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(() => parseBazelRequest(Uint8Array.of(0xff, 0xfe, 0x7b, 0))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
  });

  it('reads any input or throws its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.record({ uri: fc.oneof(fc.webUrl(), fc.jsonValue()) }).map((value) => JSON.stringify(value)),
        ),
        (stdin) => {
          try {
            expect(parseBazelRequest(stdin).url).toMatch(/^https?:\/\//);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ProtocolError' });
          }
        },
      ),
    );
  });
});

describe('Bazel answers', () => {
  const session: Credential = {
    kind: 'session',
    accessToken: new Secret('at'),
    refreshToken: new Secret('rt'),
    expiresAt: Date.UTC(2026, 10, 23, 12, 0, 59, 999),
  };

  it.each<[string, Credential | undefined, number | undefined, string]>([
    ['nothing', undefined, undefined, '{"headers":{}}\n'],
    [
      'a bearer token',
      { kind: 'bearer', token: new Secret('t') },
      undefined,
      '{"headers":{"Authorization":["Bearer t"]}}\n',
    ],
    [
      'user and password',
      { kind: 'basic', username: 'u', password: new Secret('p') },
      undefined,
      '{"headers":{"Authorization":["Basic dTpw"]}}\n',
    ],
    [
      'HP09 a session, a minute before its end',
      session,
      undefined,
      '{"headers":{"Authorization":["Bearer at"]},"expires":"2026-11-23T11:59:59Z"}\n',
    ],
    [
      'HP09 a given end',
      { kind: 'api-key', key: new Secret('k') },
      Date.UTC(2026, 0, 1),
      '{"headers":{"Authorization":["Bearer k"]},"expires":"2025-12-31T23:59:00Z"}\n',
    ],
  ])('%s', (_, credential, expiresAt, line) => expect(formatBazelAnswer(credential, expiresAt)).toBe(line));

  it('HP09 expires is never later than a minute before the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (expiresAt) => {
        const { expires } = JSON.parse(formatBazelAnswer({ ...session, expiresAt })) as { expires: string };
        expect(Date.parse(expires)).toBeLessThanOrEqual(expiresAt - 60_000);
        expect(Date.parse(expires)).toBeGreaterThan(expiresAt - 61_000);
      }),
    );
  });

  it.each(unsafe)('HP01 refuses the secret %j', (value) => {
    expect(() => formatBazelAnswer({ kind: 'bearer', token: new Secret(value) })).toThrow(
      expect.objectContaining({ code: 'unsafe-value' }),
    );
  });
});

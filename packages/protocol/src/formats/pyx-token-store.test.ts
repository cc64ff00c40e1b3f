import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../vectors/pyx-token-store/digests.json' with { type: 'json' };
import { Secret } from '../credentials/index.ts';
import {
  canonicalApiUrl,
  formatPyxTokens,
  parsePyxTokens,
  pyxApiKeyPaths,
  pyxDigest,
  pyxTokenPaths,
  pyxTokensService,
} from './pyx-token-store.ts';

const session = (accessToken: string, refreshToken: string) => ({
  accessToken: new Secret(accessToken),
  refreshToken: new Secret(refreshToken),
});

describe('paths', () => {
  it.each(vectors.digests)('digest of $text', ({ text, digest }) => expect(pyxDigest(text)).toBe(digest));
  it.each(vectors.apiUrls)('$url is hashed as $canonical', ({ url, canonical }) => {
    expect(canonicalApiUrl(url)).toBe(canonical);
  });

  it('are those that uv uses', () => {
    expect(pyxTokenPaths('http://127.0.0.1:18470')).toEqual({
      directory: ['4d2c9881f6e60b1d'],
      tokens: ['4d2c9881f6e60b1d', 'tokens.json'],
      lock: ['4d2c9881f6e60b1d', 'tokens.lock'],
    });
    expect(pyxApiKeyPaths('http://127.0.0.1:18470', 'sk-pyx-good').tokens).toEqual([
      '4d2c9881f6e60b1d',
      'f2873e82d504e759.json',
    ]);
  });

  it.each(['', 'pyx.dev', 'ftp://pyx.dev/', 'https://'])('refuses %j as API address', (url) => {
    expect(() => canonicalApiUrl(url)).toThrow(expect.objectContaining({ code: 'invalid-url' }));
  });

  it('a digest is always 16 lower-case hexadecimal digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(pyxDigest(text)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});

describe('tokens.json', () => {
  it('is written compact, without a line feed', () => {
    expect(formatPyxTokens(session('at', 'rt'))).toBe('{"access_token":"at","refresh_token":"rt"}');
  });

  it('is read pretty-printed, with byte order mark, CRLF and extra members, and takes the expiry from the token', () => {
    const text =
      '\ufeff{\r\n  "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTAwMDAwMDB9.c2ln",\r\n  "refresh_token": "rt",\r\n  "x": 1\r\n}\r\n';
    const parsed = parsePyxTokens(new TextEncoder().encode(text));
    expect(parsed.refreshToken.reveal()).toBe('rt');
    expect(parsed.expiresAt).toBe(1_790_000_000_000);
  });

  it('CS06 keeps members that we do not know, as they were spelled', () => {
    const before = '{"later": {"n": 1e400, "s": "\\u00e4"}, "refresh_token": "old", "access_token": "old"}';
    expect(formatPyxTokens(session('at', 'rt'), before)).toBe(
      '{"later":{"n": 1e400, "s": "\\u00e4"},"refresh_token":"rt","access_token":"at"}',
    );
  });

  it('carries a note of ours that uv drops with the tokens it describes', () => {
    const times = { expiresAt: 9000, receivedAt: 1000, refusedAt: 2000 };
    const text = formatPyxTokens({ ...session('at', 'rt'), ...times }, '', 'https://a.example.com/');
    expect(parsePyxTokens(text)).toMatchObject(times);
    expect(pyxTokensService(text)).toBe('https://a.example.com/');
    const replaced = formatPyxTokens(session('at2', 'rt2'), text);
    expect(replaced).toBe('{"access_token":"at2","refresh_token":"rt2"}');
    expect(parsePyxTokens(replaced)).not.toHaveProperty('receivedAt');
  });

  it.each([
    ['no note and an opaque token', '{"access_token":"at","refresh_token":"rt"}', undefined],
    ['a note that is no object', '{"access_token":"at","refresh_token":"rt","pkgauth":7}', undefined],
    [
      'the issuer of the token',
      '{"access_token":"e30.eyJpc3MiOiJodHRwczovL2IuZXhhbXBsZS5jb20ifQ.","refresh_token":"rt"}',
      'https://b.example.com',
    ],
  ])('names the service by %s', (_, text, service) => expect(pyxTokensService(text)).toBe(service));

  it('round-trips any tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (access, refresh) => {
        const parsed = parsePyxTokens(formatPyxTokens(session(access, refresh)));
        expect([parsed.accessToken.reveal(), parsed.refreshToken.reveal()]).toEqual([access, refresh]);
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['half-written', '{"access_token":"a'],
    ['not an object', '[]'],
    ['without refresh token', '{"access_token":"a"}'],
    ['with a number for a token', '{"access_token":"a","refresh_token":5}'],
    ['a web page', '<html>'],
    ['binary', '\u0000\u0001'],
    ['with duplicate keys', '{"access_token":"a","access_token":"b","refresh_token":"c"}'],
    ['ten megabytes', ' '.repeat(10_000_000)],
    ['deeply nested', `{"a":${'['.repeat(10_000)}`],
  ])('CS05 refuses a file that is %s', (_, text) => {
    expect(() => parsePyxTokens(text)).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
  });

  it('CS05 refuses UTF-16 and other bytes that are not text', () => {
    expect(() => parsePyxTokens(Uint8Array.of(0xff, 0xfe, 0x7b, 0))).toThrow(/UTF-16/);
    expect(() => parsePyxTokens(Uint8Array.of(0x7b, 0x80))).toThrow(/not UTF-8/);
  });

  it('CS05 does not write over what it cannot read', () => {
    expect(() => formatPyxTokens(session('a', 'b'), '{"access_token":')).toThrow(
      expect.objectContaining({ line: 1 }),
    );
  });
});

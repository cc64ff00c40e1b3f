import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import redaction from '../../../../vectors/credentials/redaction.json' with { type: 'json' };
import { formatToken, type TokenKind, tokenKinds } from '../tokens/index.ts';
import {
  authorizationOf,
  type Credential,
  redactText,
  redactUrl,
  Secret,
  sanitizeForTerminal,
} from './index.ts';

describe('Secret', () => {
  const canary = 'CANARY-9f3a';
  const secret = new Secret(canary);
  const credential: Credential = { kind: 'basic', username: 'u', password: secret };

  it('CS29 shows nothing wherever objects are printed', () => {
    const error = new Error(`refused ${secret}`, { cause: credential });
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify(credential),
      inspect(credential, { depth: 9, showHidden: true }),
      inspect(error),
      inspect([secret]),
      Object.values(secret).join(),
      JSON.stringify({ ...secret }),
    ].join('\n');
    expect(shown).not.toContain(canary);
    expect(shown).toContain('***');
  });

  it('reveals on request', () => expect(secret.reveal()).toBe(canary));
});

describe('authorizationOf', () => {
  const secret = (text: string): Secret => new Secret(text);

  it.each<[Credential, string]>([
    [
      { kind: 'basic', username: '__token__', password: secret('pässword') },
      'Basic X190b2tlbl9fOnDDpHNzd29yZA==',
    ],
    [{ kind: 'basic', username: '', password: secret('') }, 'Basic Og=='],
    [{ kind: 'bearer', token: secret('abc') }, 'Bearer abc'],
    [{ kind: 'session', accessToken: secret('at'), refreshToken: secret('rt') }, 'Bearer at'],
    [{ kind: 'api-key', key: secret('pka_1') }, 'Bearer pka_1'],
  ])('%j', (credential, header) => {
    expect(authorizationOf(credential).reveal()).toBe(header);
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'a\u007f', '\ud800'])(
    'RM08 refuses %j anywhere, and does not show it',
    (value) => {
      const credentials: Credential[] = [
        { kind: 'basic', username: value, password: secret('p') },
        { kind: 'basic', username: 'u', password: secret(value) },
        { kind: 'bearer', token: secret(value) },
        { kind: 'session', accessToken: secret(value), refreshToken: secret('r') },
        { kind: 'api-key', key: secret(value) },
      ];
      for (const credential of credentials) {
        expect(() => authorizationOf(credential)).toThrow(expect.objectContaining({ code: 'unsafe-value' }));
      }
    },
  );

  it.each(['', 'ä', 'a b', 'a\t'])('RM08 refuses the bearer token %j', (token) => {
    expect(() => authorizationOf({ kind: 'bearer', token: secret(token) })).toThrow(
      expect.objectContaining({ code: 'unsafe-value' }),
    );
  });

  it('RM08 whatever is accepted is one header line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (username, password) => {
        try {
          const header = authorizationOf({ kind: 'basic', username, password: secret(password) }).reveal();
          expect(Buffer.from(header.slice(6), 'base64').toString()).toBe(`${username}:${password}`);
          expect(header).toMatch(/^Basic [A-Za-z0-9+/]*={0,2}$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'unsafe-value' });
        }
      }),
    );
  });
});

describe('redactText (RM09)', () => {
  it.each(redaction.texts)('$text', ({ text, redacted }) => {
    expect(redactText(text)).toBe(redacted);
    expect(redactText(redacted)).toBe(redacted);
  });

  it.each(redaction.urls)('URL $text', ({ text, redacted }) => {
    expect(redactUrl(text)).toBe(redacted);
    expect(redactUrl(redacted)).toBe(redacted);
  });

  it('hides our own tokens of every kind wherever they stand', () => {
    const kind = fc.constantFrom(...(Object.keys(tokenKinds) as TokenKind[]));
    fc.assert(
      fc.property(
        kind,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string(),
        fc.string(),
        (name, bytes, before, after) => {
          const token = formatToken(name, bytes);
          expect(redactText(`${before} ${token} ${after}`)).not.toContain(token);
          expect(redactText(`https://h.example.com/t/${token}/conda`)).not.toContain(token);
        },
      ),
    );
  });

  it('hides passwords of URLs, also percent-encoded and nested', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9!$*_~.-]{1,12}$/);
    fc.assert(
      fc.property(word, word, fc.nat(3), (user, password, depth) => {
        let url = `https://${user}:Q9${password}Q9@h.example.com/simple/`;
        for (let level = 0; level < depth; level++)
          url = `https://o.example.com/?next=${encodeURIComponent(url)}`;
        expect(redactText(`GET ${url} failed`)).not.toContain(`Q9${password}Q9`);
      }),
    );
  });

  it('is linear on hostile text', () => {
    for (const piece of [
      'eyJ',
      'eyJa.',
      '://',
      'a:',
      ':',
      '%25',
      'bearer ',
      'token=',
      '/t/',
      '"token":"',
      '@',
      'https://a:',
      'basic ',
    ]) {
      expect(redactText(piece.repeat(100_000)).length).toBeGreaterThan(0);
    }
  });
});

describe('sanitizeForTerminal', () => {
  it.each([
    ['LF10 OSC 52', '\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
    ['LF10 OSC 8', '\u001b]8;;https://e.example\u001b\\x', '\\x1b]8;;https://e.example\\x1b\\x'],
    ['LF10 CSI as C1', '\u009b2J', '\\x9b2J'],
    ['LF10 line feed and return', 'a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
    ['LF10 bidirectional override', 'gnp\u202efig', 'gnp\\u{202e}fig'],
    ['LF10 isolates', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['LF10 zero width', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['LF10 line separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['LF10 tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['LF10 lone surrogate', 'a\ud800', 'a\\u{d800}'],
    ['DEL', '\u007f', '\\x7f'],
  ])('%s', (_, text, shown) => expect(sanitizeForTerminal(text)).toBe(shown));

  it('LF10 leaves ordinary text of any script', () => {
    for (const text of ['Acme GmbH & Co', 'Žluťoučký', '日本語', '😀', 'שלום', 'العربية'])
      expect(sanitizeForTerminal(text)).toBe(text);
  });

  it('LF10 nothing that a terminal acts on is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sanitizeForTerminal(text)).not.toMatch(
          /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u,
        );
      }),
    );
  });
});

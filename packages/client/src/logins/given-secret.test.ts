import { formatToken } from '@pkgauth/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialOf, isOurs } from './given-secret.ts';

const apiKey = formatToken('api-key', new Uint8Array(32).fill(7));
const token = (text: string) => credentialOf({ kind: 'token', text });
const password = (text: string, username = 'ada') => credentialOf({ kind: 'password', username, text });

describe('credentialOf', () => {
  it('knows an API key of ours by its form', () => {
    const credential = token(`${apiKey}\n`);
    expect(credential.kind).toBe('api-key');
    expect(credential.kind === 'api-key' && credential.key.reveal()).toBe(apiKey);
    expect(isOurs(credential)).toBe(true);
  });

  it.each([
    ['a.b.c', false],
    [formatToken('site', new Uint8Array(32)), true],
  ])('takes %s for a bearer token', (text, ours) => {
    const credential = token(`  ${text}\r\n`);
    expect(credential.kind === 'bearer' && credential.token.reveal()).toBe(text);
    expect(isOurs(credential)).toBe(ours);
  });

  it.each([
    ['a cut key', apiKey.slice(0, -1), /mistyped or cut off/],
    ['a mistyped key', apiKey.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')), /mistyped or cut off/],
    ['a refresh token', formatToken('refresh', new Uint8Array(32)), /refresh token/],
    ['two lines', 'one\ntwo', /line breaks/],
    ['a tab', 'one\ttwo', /line breaks/],
    ['umlauts', 'schlüssel', /characters/],
  ])('RM08 refuses %s without repeating it', (_name, text, message) => {
    expect(() => token(text)).toThrow(
      expect.objectContaining({ code: 'credential-refused', message: expect.stringMatching(message) }),
    );
    expect(() => token(text)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(text) }),
    );
  });

  it('says that nothing came', () => {
    for (const nothing of ['', '\n', '  \n'])
      expect(() => token(nothing)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => password('\n')).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('keeps every character of a password but one line break', () => {
    const credential = password(' pass wörd \r\n');
    expect(credential.kind === 'basic' && [credential.username, credential.password.reveal()]).toEqual([
      'ada',
      ' pass wörd ',
    ]);
    expect(isOurs(credential)).toBe(false);
  });

  it('RM08 refuses passwords and user names that would break a header', () => {
    expect(() => password('a\nb')).toThrow(/control character/);
    expect(() => password('x', 'a:b')).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => password('x', 'a\u0000b')).toThrow(/control character/);
  });

  it('takes any text without another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isPassword) => {
        try {
          if (isPassword) password(text);
          else token(text);
        } catch (error) {
          const { code } = error as { code?: string };
          if (!['usage', 'credential-refused', 'unsafe-value'].includes(code ?? '')) throw error;
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrypto } from './crypto.ts';

const crypto = createCrypto(new Uint8Array(32).fill(7));
const other = createCrypto(new Uint8Array(32).fill(8));
const anyText = fc.string({ unit: 'grapheme' });

describe('sealing', () => {
  it('opens what it sealed, and no two sealings look alike', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, context) => {
        const sealed = crypto.seal(text, context);
        expect(crypto.open(sealed, context)).toBe(text);
        expect(crypto.seal(text, context)).not.toBe(sealed);
      }),
    );
  });

  it('opens with the same secret only', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.string(), fc.string(), (text, context, a, b) => {
        fc.pre(a !== b);
        const sealed = crypto.sealWith(a, text, context);
        expect(crypto.openWith(a, sealed, context)).toBe(text);
        expect(other.openWith(a, sealed, context)).toBe(text);
        expect(() => crypto.openWith(b, sealed, context)).toThrow();
      }),
    );
  });

  it('PS09 refuses another key, another context and every altered character', () => {
    const sealed = crypto.seal('secret', 'here');
    expect(() => other.open(sealed, 'here')).toThrow();
    expect(() => crypto.open(sealed, 'there')).toThrow();
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, replacement) => {
        const altered = sealed.slice(0, at) + replacement + sealed.slice(at + 1);
        // The last character of base64url can carry bits that mean nothing.
        const same = Buffer.from(altered.slice(3), 'base64url').equals(
          Buffer.from(sealed.slice(3), 'base64url'),
        );
        fc.pre(!(same && altered.startsWith('v1.')));
        expect(() => crypto.open(altered, 'here')).toThrow();
      }),
    );
  });

  it('refuses what is no sealed text', () => {
    for (const text of ['', 'v1.', 'v1.AAAA', 'plain']) expect(() => crypto.open(text, '')).toThrow();
  });
});

describe('passwords', () => {
  it('verifies the right one only', async () => {
    const hash = await crypto.hashPassword('correct horse');
    expect(hash).toMatch(/^\$argon2id\$/);
    expect(await crypto.verifyPassword(hash, 'correct horse')).toBe(true);
    expect(await crypto.verifyPassword(hash, 'correct horsf')).toBe(false);
  });
});

it('compares texts', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(crypto.equal(a, b)).toBe(a === b);
    }),
  );
  expect(crypto.equal('same', 'same')).toBe(true);
});

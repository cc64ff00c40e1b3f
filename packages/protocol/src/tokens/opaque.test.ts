import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../vectors/tokens/opaque.json' with { type: 'json' };
import { formatToken, parseToken, type TokenKind, tokenKinds, tokenLength, tokenPattern } from './opaque.ts';

const kinds = Object.keys(tokenKinds) as TokenKind[];
const anyKind = fc.constantFrom(...kinds);
const anyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyToken = fc.tuple(anyKind, anyBytes).map(([kind, bytes]) => formatToken(kind, bytes));
const bytesOfHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe('opaque tokens', () => {
  it.each(vectors.valid)('$kind over $bytes is as the vector says', ({ kind, bytes, token }) => {
    expect(formatToken(kind as TokenKind, bytesOfHex(bytes))).toBe(token);
    expect(parseToken(token)).toEqual({ kind });
  });

  it.each(vectors.invalid)('AK02 refuses: $why', ({ token }) => {
    expect(parseToken(token)).toBeUndefined();
  });

  it('AK02 every token of every kind is recognized, and is 53 characters long', () => {
    fc.assert(
      fc.property(anyKind, anyBytes, (kind, bytes) => {
        const token = formatToken(kind, bytes);
        expect(token).toHaveLength(tokenLength);
        expect(parseToken(token)).toEqual({ kind });
      }),
    );
  });

  it('AK02 any single changed character is refused', () => {
    fc.assert(
      fc.property(
        anyToken,
        fc.nat(tokenLength - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (token, at, other) => {
          fc.pre(token[at] !== other);
          expect(parseToken(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
        },
      ),
    );
  });

  it('AK02 every proper part and every extension is refused', () => {
    fc.assert(
      fc.property(
        anyToken,
        fc.nat(tokenLength),
        fc.nat(tokenLength),
        fc.string({ minLength: 1 }),
        (token, a, b, more) => {
          const part = token.slice(Math.min(a, b), Math.max(a, b));
          fc.pre(part !== token);
          expect(parseToken(part)).toBeUndefined();
          expect(parseToken(token + more)).toBeUndefined();
          expect(parseToken(more + token)).toBeUndefined();
        },
      ),
    );
  });

  it('AK02 a change of case is refused', () => {
    fc.assert(
      fc.property(anyToken, fc.array(fc.nat(tokenLength - 1), { minLength: 1 }), (token, places) => {
        const changed = [...token]
          .map((character, index) => (places.includes(index) ? swapCase(character) : character))
          .join('');
        fc.pre(changed !== token);
        expect(parseToken(changed)).toBeUndefined();
      }),
    );
  });

  it('AK03 the published pattern finds every token in running text, and double-click selects its body', () => {
    const pattern = new RegExp(tokenPattern, 'g');
    fc.assert(
      fc.property(anyToken, (token) => {
        expect(`key = "${token}", more`.match(pattern)).toEqual([token]);
        expect(token).toMatch(/^pk[aris][_-]\w{49}$/);
      }),
    );
  });

  it('AK03 conda can carry organization tokens in a path: only letters, digits and hyphens', () => {
    fc.assert(
      fc.property(fc.constantFrom('individual' as const, 'site' as const), anyBytes, (kind, bytes) => {
        expect(formatToken(kind, bytes)).toMatch(/^[A-Za-z0-9-]+$/);
      }),
    );
  });

  it('refuses other amounts of randomness', () => {
    expect(() => formatToken('site', new Uint8Array(16))).toThrow(TypeError);
  });

  it('never throws on arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseToken(text)).toBeUndefined();
      }),
    );
  });
});

const swapCase = (character: string): string =>
  character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();

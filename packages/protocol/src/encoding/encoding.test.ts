import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../platform.ts';
import {
  bigintOfBytes,
  crc32,
  decodeBase64,
  decodeBase64Url,
  encodeBase62,
  encodeBase64,
  encodeBase64Url,
} from './index.ts';

const anyBytes = fc.uint8Array({ maxLength: 100 });

describe('base64', () => {
  it('agrees with the runtime and comes back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it('accepts only what it would write', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.string({ unit: fc.constantFrom('A', '=', '-', 'Q', '+') }),
        ),
        (text) => {
          const standard = decodeBase64(text);
          const urlSafe = decodeBase64Url(text);
          if (standard !== undefined) expect(encodeBase64(standard)).toBe(text);
          if (urlSafe !== undefined) expect(encodeBase64Url(urlSafe)).toBe(text);
          expect(urlSafe === undefined || !text.includes('=')).toBe(true);
        },
      ),
    );
  });

  it.each(['A', 'AA', 'AB==', 'A===', '====', 'AA=A', 'AAAA\n', 'ÄAAA'])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe('base62', () => {
  it('is the number, in fixed length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
        const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
        const text = encodeBase62(value, 43);
        expect([...text].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)).toBe(value);
        expect(text).toHaveLength(43);
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => encodeBase62(62n, 1)).toThrow(RangeError);
    expect(() => encodeBase62(-1n, 4)).toThrow(RangeError);
  });

  it('reads bytes big-endian', () => expect(bigintOfBytes(Uint8Array.of(1, 2, 3))).toBe(0x010203n));
});

describe('crc32', () => {
  it.each([
    ['', 0],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('of %j', (text, expected) => {
    expect(crc32(encodeUtf8(text))).toBe(expected);
  });
});

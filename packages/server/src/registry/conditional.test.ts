import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptsGzip, matchesTag, parseRange, requestedRange, resolveRange } from './conditional.ts';

describe('conditional and partial requests', () => {
  it.each([
    [undefined, false],
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc" , "y"', true],
    ['*', true],
    ['"abcd"', false],
    ['"ab"', false],
    ['abc', false],
    ['', false],
  ])('If-None-Match %s', (header, expected) => {
    expect(matchesTag(header, '"abc"')).toBe(expected);
  });

  it('accepts the tag of any encoding of the same content', () => {
    expect(matchesTag('"abc-gzip"', '"abc"', '"abc-gzip"')).toBe(true);
  });

  it.each([
    ['bytes=0-99', { first: 0, last: 99 }],
    ['bytes=5-5', { first: 5, last: 5 }],
    ['bytes=7-', { first: 7, last: undefined }],
    ['bytes=-20', { suffix: 20 }],
    ['Bytes= 1-2 ', { first: 1, last: 2 }],
    ['bytes=-0', { suffix: 0 }],
    ['bytes=9-5', undefined],
    ['bytes=0-1,5-9', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['bytes=1-99999999999999999999', undefined],
    ['items=0-1', undefined],
    ['', undefined],
  ])('Range %s', (header, expected) => {
    expect(parseRange(header)).toEqual(expected);
  });

  it('ignores a range whose If-Range is not the very tag', () => {
    const range = 'bytes=0-1';
    expect(requestedRange({ range }, '"a"')).toEqual({ first: 0, last: 1 });
    expect(requestedRange({ range, 'if-range': '"a"' }, '"a"')).toEqual({ first: 0, last: 1 });
    for (const condition of ['"b"', 'W/"a"', 'Wed, 21 Oct 2015 07:28:00 GMT', '']) {
      expect(requestedRange({ range, 'if-range': condition }, '"a"')).toBeUndefined();
    }
    expect(requestedRange({ range, 'if-range': '"a"' }, undefined)).toBeUndefined();
    expect(requestedRange({}, '"a"')).toBeUndefined();
  });

  it('resolves a range to bytes that exist, or to none', () => {
    const bound = fc.nat(50);
    fc.assert(
      fc.property(bound, fc.option(bound, { nil: undefined }), fc.nat(40), (first, last, size) => {
        fc.pre(last === undefined || last >= first);
        const expected = Array.from({ length: size }, (_, at) => at).slice(
          first,
          last === undefined ? size : last + 1,
        );
        const resolved = resolveRange({ first, last }, size);
        expect(resolved).toEqual(
          expected.length === 0 ? undefined : { first: expected[0], last: expected.at(-1) },
        );
      }),
    );
    fc.assert(
      fc.property(bound, fc.nat(40), (suffix, size) => {
        const expected = suffix === 0 ? [] : Array.from({ length: size }, (_, at) => at).slice(-suffix);
        const resolved = resolveRange({ suffix }, size);
        expect(resolved).toEqual(
          expected.length === 0 ? undefined : { first: expected[0], last: expected.at(-1) },
        );
      }),
    );
  });

  it('never throws, whatever the header', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseRange(text);
        parseRange(`bytes=${text}`);
        acceptsGzip(text);
        matchesTag(text, '"a"');
      }),
    );
  });

  it.each([
    [undefined, false],
    ['gzip, deflate', true],
    ['gzip, deflate, br, zstd', true],
    ['zstd,gzip,deflate', true],
    ['br', false],
    ['identity', false],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['gzip;q=0.5', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['*;q=0', false],
    ['*;q=0.1', true],
    ['gzip;q=0, *', false],
    ['GZIP', true],
    ['x-gzip', true],
    ['gzipped', false],
    ['', false],
  ])('Accept-Encoding %s: gzip %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

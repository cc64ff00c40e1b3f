import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../vectors/request-path/cases.json' with { type: 'json' };
import { formatPath, parseRequestPath } from './request-path.ts';

describe('canonical request path', () => {
  it.each(vectors.accepted)('GW01 accepts $target', ({ target, segments, slash }) => {
    expect(parseRequestPath(target)).toEqual({ segments, slash });
  });

  it.each(vectors.refused)('GW01 refuses $target ($why)', ({ target }) => {
    expect(parseRequestPath(target)).toBeUndefined();
  });

  it('GW01 refuses what is longer than 2,048 characters', () => {
    expect(parseRequestPath(`/${'a'.repeat(2047)}`)).toBeDefined();
    expect(parseRequestPath(`/${'a'.repeat(2048)}`)).toBeUndefined();
  });

  const hostile = fc.string({
    unit: fc.constantFrom(
      '/',
      '\\',
      '.',
      '%',
      '2',
      'e',
      'f',
      'c',
      '0',
      'a',
      'F',
      ';',
      '?',
      '#',
      ' ',
      '\0',
      '\n',
      'é',
      '\ud800',
      'ß',
    ),
    maxLength: 40,
  });

  it('GW01 whatever is accepted names one thing: parsing its canonical spelling gives the same segments', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.webPath(), fc.string({ unit: 'binary' })), (text) => {
        const parsed = parseRequestPath(`/${text}`);
        if (parsed === undefined) return;
        expect(parseRequestPath(formatPath(parsed.segments, parsed.slash))).toEqual(parsed);
        for (const segment of parsed.segments) {
          expect(segment).not.toMatch(/^(?:\.{1,2})?$/);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
          expect(segment).not.toMatch(/[/\\%;?#\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('GW01 agrees with the URL standard about every path that it accepts', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.webPath()), (text) => {
        const parsed = parseRequestPath(`/${text}`);
        if (parsed === undefined) return;
        const { pathname } = new URL(`/${text}`, 'http://h');
        expect(pathname.split('/').filter(Boolean).map(decodeURIComponent)).toEqual(parsed.segments);
      }),
      { numRuns: 10_000 },
    );
  });

  it('accepts every path that it wrote itself', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9+!_~-][A-Za-z0-9+!_.~-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), fc.boolean(), (segments, slash) => {
        const expected = { segments, slash: slash && segments.length > 0 };
        expect(parseRequestPath(formatPath(segments, expected.slash))).toEqual(expected);
      }),
    );
  });
});

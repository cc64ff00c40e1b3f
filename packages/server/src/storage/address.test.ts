import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../core/ports/storage.ts';
import { parseAddress } from './address.ts';

const codeOf = (url: string) => {
  try {
    return parseAddress(url);
  } catch (error) {
    return error instanceof StorageError ? error.code : error;
  }
};

describe('the address of a database', () => {
  it.each([
    ['sqlite:///var/lib/pkgauth/db.sqlite', { kind: 'sqlite', path: '/var/lib/pkgauth/db.sqlite' }],
    ['sqlite:///a%20b/%23.db', { kind: 'sqlite', path: '/a b/#.db' }],
    ['sqlite::memory:', { kind: 'sqlite-temporary' }],
    [
      'postgres://u:p@h:5432/d?sslmode=disable',
      { kind: 'postgres', url: 'postgres://u:p@h:5432/d?sslmode=disable' },
    ],
    [
      'postgresql:///d?host=/run/postgresql',
      { kind: 'postgres', url: 'postgresql:///d?host=/run/postgresql' },
    ],
  ] as const)('%s', (url, address) => {
    expect(parseAddress(url)).toEqual(address);
  });

  it.each([
    '',
    'sqlite:',
    'sqlite://',
    'sqlite:///',
    'sqlite://relative/path',
    'sqlite:relative',
    'sqlite:///a%2Fb',
    'sqlite:///a%ZZ',
    'sqlite:///a?mode=memory',
    'sqlite:///a#b',
    'sqlite:///a%00b',
    '/var/lib/db.sqlite',
    'mysql://h/d',
    'postgres:h',
    'POSTGRES://[',
  ])('refuses %s', (url) => {
    expect(codeOf(url)).toBe('unsupported');
  });

  it('leads any absolute path back to itself', () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\0/\\]/.test(text) && !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const path = `/${segments.join('/')}`;
        const url = pathToFileURL(path).href.replace('file:', 'sqlite:');
        expect(parseAddress(url)).toEqual({ kind: 'sqlite', path });
      }),
    );
  });

  it('refuses with one code whatever it cannot use, and never repeats it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'sqlite:', 'sqlite:///', 'postgres://', 'x:'),
        fc.string({ minLength: 8 }),
        (scheme, rest) => {
          try {
            expect(parseAddress(scheme + rest).kind).toMatch(/^(sqlite|postgres)/);
          } catch (error) {
            expect(error).toBeInstanceOf(StorageError);
            expect(error).toMatchObject({ code: 'unsupported' });
            expect(String(error)).not.toContain(rest);
          }
        },
      ),
    );
  });
});

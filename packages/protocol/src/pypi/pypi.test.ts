import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import filenames from '../../../../vectors/pypi/filenames.json' with { type: 'json' };
import negotiation from '../../../../vectors/pypi/negotiation.json' with { type: 'json' };
import versions from '../../../../vectors/pypi/versions.json' with { type: 'json' };
import {
  compareVersions,
  formatVersion,
  isProjectName,
  negotiateSimple,
  normalizeProjectName,
  normalizeVersion,
  parseDistributionFilename,
  parseVersion,
  type Version,
} from './index.ts';

const number = fc.nat(30);
const anyVersion: fc.Arbitrary<Version> = fc.record(
  {
    epoch: fc.nat(2),
    release: fc.array(number, { minLength: 1, maxLength: 4 }),
    pre: fc.record({ label: fc.constantFrom('a' as const, 'b' as const, 'rc' as const), number }),
    post: number,
    dev: number,
    local: fc.array(fc.oneof(number, fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/)), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: ['epoch', 'release'] },
);
const parsed = (text: string): Version => {
  const version = parseVersion(text);
  if (version === undefined) throw new TypeError(text);
  return version;
};

describe('project names', () => {
  it.each([
    ['Tiny_Pkg.Extra', 'tiny-pkg-extra'],
    ['a--b__c..d-_.e', 'a-b-c-d-e'],
    ['x', 'x'],
  ])('%s → %s', (name, normalized) => expect(normalizeProjectName(name)).toBe(normalized));

  it.each(['', '-a', 'a-', '.a', 'a_', 'a b', 'a/b', '..', 'ä', 'a\n'])('%j is none', (name) => {
    expect(isProjectName(name)).toBe(false);
  });

  it('normalizing is idempotent and keeps a name a name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,20}[A-Za-z0-9])?$/), (name) => {
        const once = normalizeProjectName(name);
        expect(isProjectName(name) && isProjectName(once)).toBe(true);
        expect(normalizeProjectName(once)).toBe(once);
      }),
    );
  });
});

describe('versions', () => {
  it.each(versions.normalized)('%j → %j', (text, normalized) => {
    expect(normalizeVersion(text as string) ?? null).toBe(normalized);
  });

  it('are ordered as PEP 440 says', () => {
    for (const [a, left] of versions.ascending.entries()) {
      for (const [b, right] of versions.ascending.entries()) {
        expect([left, right, Math.sign(compareVersions(parsed(left), parsed(right)))]).toEqual([
          left,
          right,
          Math.sign(a - b),
        ]);
      }
    }
    for (const [a, b] of versions.equal)
      expect(compareVersions(parsed(a as string), parsed(b as string))).toBe(0);
  });

  it('read back what is written, and order is antisymmetric and transitive', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(parseVersion(formatVersion(a))).toEqual(a);
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes any text without throwing, long ones included', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom('1', '.', 'a', 'rc', '-', 'post', 'dev', '+', '!') }),
        ),
        (text) => {
          const normalized = normalizeVersion(text);
          expect(normalized === undefined || normalizeVersion(normalized) === normalized).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect(normalizeVersion(`${'1.'.repeat(100_000)}x`)).toBeUndefined();
  });
});

describe('parseDistributionFilename', () => {
  it.each(filenames.cases)('$filename', ({ filename, name }) => {
    const read = parseDistributionFilename(filename);
    expect(read === undefined ? null : [read.kind, read.project, read.version]).toEqual(name);
  });

  it('gives build and tags of a wheel', () => {
    expect(parseDistributionFilename('a_b-1.0-1x-py2.py3-none-win32.macosx_11_0_arm64.whl')).toEqual({
      kind: 'wheel',
      project: 'a-b',
      version: '1.0',
      build: '1x',
      pythonTags: ['py2', 'py3'],
      abiTags: ['none'],
      platformTags: ['win32', 'macosx_11_0_arm64'],
    });
  });

  it('never throws, and what it accepts has no path in it', () => {
    const part = fc.constantFrom(
      'a',
      '-',
      '1.0',
      '.',
      '/',
      '\\',
      '..',
      '_',
      'py3',
      'none',
      'any',
      '.whl',
      '.tar.gz',
      '.zip',
      ' ',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const filename = parts.join('');
        if (parseDistributionFilename(filename) !== undefined) expect(filename).not.toMatch(/[/\\\s\0]/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('negotiateSimple', () => {
  it.each(negotiation.cases)('$why: $answer', ({ accept, answer }) => {
    expect(negotiateSimple(accept ?? undefined)).toBe(answer);
  });

  it('answers any header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (accept) => {
        expect(['json', 'html', 'not-acceptable']).toContain(negotiateSimple(accept));
      }),
    );
    expect(negotiateSimple(',;='.repeat(100_000))).toBe('not-acceptable');
  });
});

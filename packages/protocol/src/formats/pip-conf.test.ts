import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import python from '../../../../vectors/pip-conf/python.json' with { type: 'json' };
import { parsePipConfig, removePipOption, setPipOption } from './pip-conf.ts';

const read = (text: string): string[][] =>
  parsePipConfig(text).map(({ section, key, value }) => [section, key, value]);
const anyLine = fc.constantFrom(
  '[global]',
  '[install]',
  '  [x]',
  'a = b',
  'index_url: x',
  'INDEX-URL=z',
  '  https://cont.example.com',
  '# c',
  '; d',
  '',
  '\tq',
  'e:f = g',
  ' i = j',
  'k=',
);
const anyFile = fc
  .tuple(fc.array(anyLine, { maxLength: 9 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, newLine, last]) => lines.join(newLine) + (last ? newLine : ''))
  .filter((text) => {
    try {
      return parsePipConfig(text).length >= 0;
    } catch {
      return false;
    }
  });

describe('parsePipConfig', () => {
  it.each(python.cases)('$why: as python', ({ text, options }) => {
    if (options === null) expect(() => read(text)).toThrow(expect.objectContaining({ code: 'syntax' }));
    else expect(read(text)).toEqual(options);
  });

  it.each([
    ['[global]\na = b\njunk\n', 3],
    ['a = b\n', 1],
    ['[a]\nb=c\n\n[a]\n', 4],
    ['[a]\nb=c\nB=d\n', 3],
  ])('CS05 %j names the line', (text, line) => {
    expect(() => parsePipConfig(text)).toThrow(expect.objectContaining({ code: 'syntax', line }));
  });

  it('CS05 refuses byte order mark, UTF-16, other bytes and size', () => {
    expect(() => parsePipConfig('\ufeff[global]\n')).toThrow(
      expect.objectContaining({ code: 'encoding', line: 1 }),
    );
    expect(() => parsePipConfig(Uint8Array.of(0xff, 0xfe, 0x5b, 0))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
    expect(() => parsePipConfig(Uint8Array.of(0x5b, 0xff))).toThrow(
      expect.objectContaining({ code: 'encoding' }),
    );
    expect(() => parsePipConfig('#'.repeat(10_000_000))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    expect(parsePipConfig(`[a]\n${' '.repeat(2_000_000)}x${' '.repeat(2_000_000)}=y`)).toHaveLength(1);
  });

  it('reads anything or throws its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(anyLine).map((lines) => lines.join('\n')),
        ),
        (text) => {
          try {
            expect(parsePipConfig(text)).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ProtocolError' });
          }
        },
      ),
    );
  });
});

describe('setPipOption', () => {
  it.each([
    ['a new file', '', '[global]\nindex-url = https://h.example.com/\n'],
    [
      'a new section',
      '[install]\na = b',
      '[install]\na = b\n\n[global]\nindex-url = https://h.example.com/\n',
    ],
    [
      'a new option',
      '# x\n[global]\na = b\n  c\n\n# y\n[install]\n',
      '# x\n[global]\na = b\n  c\nindex-url = https://h.example.com/\n\n# y\n[install]\n',
    ],
    ['an empty section without line feed', '[global]', '[global]\nindex-url = https://h.example.com/\n'],
    [
      'in place, spelled otherwise',
      '[global]\r\nIndex_URL: old\r\n; note\r\na=b\r\n',
      '[global]\r\nIndex_URL: https://h.example.com/\r\n; note\r\na=b\r\n',
    ],
    [
      'over continuation lines',
      '[global]\nindex-url =\n  a\n  # note\n  b\nc = d\n',
      '[global]\nindex-url = https://h.example.com/\n  # note\nc = d\n',
    ],
    [
      'instead of two spellings',
      '[global]\nindex-url = a\nb = c\nindex_url = d\n',
      '[global]\nindex-url = https://h.example.com/\nb = c\n',
    ],
    [
      'before an indented section',
      '[global]\n  a = b\n  [x]\n',
      '[global]\n  a = b\n  index-url = https://h.example.com/\n  [x]\n',
    ],
  ])('CS07 %s', (_, before, after) => {
    expect(setPipOption(before, 'global', 'index-url', 'https://h.example.com/')).toBe(after);
  });

  it('CS07 changes that option only, for any file, and removal takes it out again', () => {
    fc.assert(
      fc.property(anyFile, fc.constantFrom('index-url', 'new-key'), (before, key) => {
        const others = (text: string) =>
          read(text).filter(([section, name]) => section !== 'global' || name !== key);
        const after = setPipOption(before, 'global', key, 'NEW');
        expect(read(after).filter(([section, name]) => section === 'global' && name === key)).toEqual([
          ['global', key, 'NEW'],
        ]);
        expect(others(after)).toEqual(others(before));
        const removed = removePipOption(after, 'global', key);
        expect(read(removed ?? '')).toEqual(others(before));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['', ' a', 'a ', 'a\nb', 'a\rb', 'a\0'])('refuses the value %j', (value) => {
    expect(() => setPipOption('', 'global', 'index-url', value)).toThrow(
      expect.objectContaining({ code: 'unsafe-value' }),
    );
  });

  it('CS05 does not touch a file that pip refuses', () => {
    expect(() => setPipOption('junk', 'global', 'index-url', 'x')).toThrow(
      expect.objectContaining({ code: 'syntax', line: 1 }),
    );
  });
});

describe('removePipOption', () => {
  it('takes out every spelling with its continuation lines', () => {
    expect(
      removePipOption('[global]\nindex_url = a\n  b\n# n\nc = d\nindex-url=e\n', 'global', 'index-url'),
    ).toBe('[global]\n# n\nc = d\n');
  });

  it('answers undefined when there is none', () => {
    expect(removePipOption('[install]\nindex-url = a\n', 'global', 'index-url')).toBeUndefined();
  });
});

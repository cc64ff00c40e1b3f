import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentJson, printCompact, readJsonObject, scanJson } from './index.ts';

const anyLayout = fc.constantFrom(undefined, 1, 2, '\t');

describe('scanJson', () => {
  it('agrees with JSON.parse on what is JSON, duplicate keys aside', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      '-0.5e+3',
      '01',
      '1.',
      'true',
      'nul',
      ' ',
      '\n',
      '"\\u12"',
      '"\\q"',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.array(fragment, { maxLength: 12 }).map((all) => all.join('')),
        ),
        (text) => {
          const native = attempt(() => JSON.parse(text) as unknown);
          const ours = attempt(() => scanJson(text));
          expect(ours.ok || ours.message.includes('duplicate key')).toBe(
            native.ok || (!ours.ok && ours.message.includes('duplicate key')),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['CS05 nothing', '', 1, 1, 'ends too early'],
    ['CS05 half an object', '{\n  "a": "x', 2, 8, 'not closed'],
    ['CS05 cut after a comma', '{"a": 1,\n', 2, 1, 'ends too early'],
    ['CS05 garbage', '{\r\n"a": <html>', 2, 6, 'unexpected character'],
    ['CS05 trailing comma', '{"a": 1,}', 1, 9, 'unexpected token'],
    ['CS05 two documents', '{}\n{}', 2, 1, 'after the end'],
    ['CS05 duplicate key', '{"a": 1,\n "\\u0061": 2}', 2, 2, 'duplicate key'],
    ['CS05 raw line feed in a string', '{"a": "x\ny"}', 1, 9, 'control character'],
  ])('%s names the place', (_, text, line, column, reason) => {
    expect(() => scanJson(text)).toThrow(
      expect.objectContaining({
        code: 'syntax',
        line,
        column,
        message: expect.stringContaining(reason) as string,
      }),
    );
  });

  it('CS05 refuses deep nesting and survives long strings', () => {
    expect(() => scanJson('['.repeat(100_000))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(scanJson(`"${'\\n'.repeat(2_000_000)}"`)).toHaveLength(1);
  });
});

describe('readJsonObject and printers', () => {
  it('keeps the spelling of every member', () => {
    const members = readJsonObject(
      '{ "a" : 1e400 , "b": 12345678901234567890, "c": {"x" : "\\u00e4" }, "__proto__": [] }',
    );
    expect([...members].map(([key, { raw }]) => [key, raw])).toEqual([
      ['a', '1e400'],
      ['b', '12345678901234567890'],
      ['c', '{"x" : "\\u00e4" }'],
      ['__proto__', '[]'],
    ]);
    expect(printCompact(members)).toBe(
      '{"a":1e400,"b":12345678901234567890,"c":{"x" : "\\u00e4" },"__proto__":[]}',
    );
  });

  it('refuses what is not an object', () => {
    expect(() => readJsonObject('[1]')).toThrow(
      expect.objectContaining({ code: 'syntax', line: 1, column: 1 }),
    );
    expect(readJsonObject('{}').size).toBe(0);
  });

  it('lays out as JSON.stringify does, whatever the layout was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), anyLayout, (value, layout) => {
        const text = JSON.stringify(value, undefined, layout);
        expect(indentJson(text)).toBe(JSON.stringify(JSON.parse(text), undefined, 2));
      }),
    );
  });

  it('reads and prints any object without changing its values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), anyLayout, (value, layout) => {
        const text = JSON.stringify(value, undefined, layout);
        expect(JSON.stringify(JSON.parse(printCompact(readJsonObject(text))))).toBe(
          JSON.stringify(JSON.parse(text)),
        );
      }),
    );
  });
});

const attempt = (work: () => unknown): { ok: true; message: '' } | { ok: false; message: string } => {
  try {
    work();
    return { ok: true, message: '' };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
};

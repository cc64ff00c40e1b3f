import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

/** Applies a unified diff to the text it was made from. */
const apply = (before: string, diff: readonly string[]): string => {
  const old = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const result: string[] = [];
  let place = 0;
  for (const line of diff.slice(2)) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (header !== null) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1;
      while (place < start) result.push(old[place++] ?? '');
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      expect(line.slice(1)).toBe(old[place]);
      if (line.startsWith(' ')) result.push(old[place] ?? '');
      place += 1;
    }
  }
  while (place < old.length) result.push(old[place++] ?? '');
  return result.length === 0 ? '' : `${result.join('\n')}\n`;
};

describe('unifiedDiff', () => {
  it('shows a new file as added lines', () => {
    expect(unifiedDiff('/c/pip.conf', undefined, '[global]\nindex-url = x\n')).toEqual([
      '--- nothing yet',
      '+++ /c/pip.conf',
      '@@ -0,0 +1,2 @@',
      '+[global]',
      '+index-url = x',
    ]);
  });

  it('shows three lines around a change, and two hunks for distant ones', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = lines.with(1, 'changed').with(18, 'changed too');
    expect(
      unifiedDiff('f', `${lines.join('\n')}\n`, `${after.join('\n')}\n`).filter((line) =>
        line.startsWith('@@'),
      ),
    ).toEqual(['@@ -1,5 +1,5 @@', '@@ -16,5 +16,5 @@']);
  });

  it('is empty when nothing changes', () => {
    expect(unifiedDiff('f', 'a\nb\n', 'a\nb\n')).toEqual([]);
  });

  it('leads from the old text to the new one', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '', '- d'))
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff('f', before, after))).toBe(before === after ? before : after);
      }),
    );
  });
});

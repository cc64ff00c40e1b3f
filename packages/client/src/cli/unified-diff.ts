type Edit = { readonly mark: ' ' | '-' | '+'; readonly line: string };

const linesOf = (text: string): string[] => {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

/** Length of the longest common subsequence of every pair of tails. */
const commonLengths = (before: readonly string[], after: readonly string[]): number[][] => {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const row = lengths[left];
      const below = lengths[left + 1];
      if (row === undefined || below === undefined) continue;
      row[right] =
        before[left] === after[right]
          ? (below[right + 1] ?? 0) + 1
          : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
    }
  }
  return lengths;
};

const editsBetween = (before: readonly string[], after: readonly string[]): Edit[] => {
  const lengths = commonLengths(before, after);
  const edits: Edit[] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, next] = [before[left], after[right]];
    if (old !== undefined && old === next) {
      edits.push({ mark: ' ', line: old });
      left += 1;
      right += 1;
    } else if (
      old !== undefined &&
      (next === undefined || (lengths[left + 1]?.[right] ?? 0) >= (lengths[left]?.[right + 1] ?? 0))
    ) {
      edits.push({ mark: '-', line: old });
      left += 1;
    } else {
      edits.push({ mark: '+', line: next ?? '' });
      right += 1;
    }
  }
  return edits;
};

const around = 3;

type Numbered = Edit & { readonly old: number; readonly new: number };

const numbered = (edits: readonly Edit[]): Numbered[] => {
  let [old, next] = [1, 1];
  return edits.map((edit) => {
    const place = { ...edit, old, new: next };
    if (edit.mark !== '+') old += 1;
    if (edit.mark !== '-') next += 1;
    return place;
  });
};

/** Runs of edits with the unchanged lines around them; runs that touch are one. */
const hunksOf = (edits: readonly Numbered[]): Numbered[][] => {
  const near = edits.map((_, index) =>
    edits.slice(Math.max(0, index - around), index + around + 1).some(({ mark }) => mark !== ' '),
  );
  const hunks: Numbered[][] = [];
  for (const [index, edit] of edits.entries()) {
    if (!near[index]) continue;
    if (index === 0 || !near[index - 1]) hunks.push([]);
    hunks.at(-1)?.push(edit);
  }
  return hunks;
};

const rangeOf = (start: number, count: number): string => {
  const first = count === 0 ? start - 1 : start;
  return count === 1 ? `${first}` : `${first},${count}`;
};

const headerOf = (hunk: readonly Numbered[]): string => {
  const [first] = hunk;
  const old = hunk.filter(({ mark }) => mark !== '+').length;
  const next = hunk.filter(({ mark }) => mark !== '-').length;
  return `@@ -${rangeOf(first?.old ?? 1, old)} +${rangeOf(first?.new ?? 1, next)} @@`;
};

/**
 * The difference of two small texts as `diff -u` shows it: three lines around each change. `before` is undefined for a
 * file that does not exist yet. Empty when nothing changes.
 */
export const unifiedDiff = (path: string, before: string | undefined, after: string): string[] => {
  const edits = numbered(editsBetween(linesOf(before ?? ''), linesOf(after)));
  const hunks = hunksOf(edits);
  if (hunks.length === 0) return [];
  return [
    `--- ${before === undefined ? 'nothing yet' : path}`,
    `+++ ${path}`,
    ...hunks.flatMap((hunk) => [headerOf(hunk), ...hunk.map(({ mark, line }) => mark + line)]),
  ];
};

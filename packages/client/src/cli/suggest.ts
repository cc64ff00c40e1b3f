/** Edits (insert, delete, replace, swap neighbours) between two words: the optimal string alignment distance. */
const distance = (left: string, right: string): number => {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        at(row - 1, column) + 1,
        (current[column - 1] ?? 0) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) best = Math.min(best, at(row - 2, column - 2) + 1);
      current.push(best);
    }
  }
  return at(left.length, right.length);
};

/** The known word that a mistyped one probably meant; `undefined` when none is near. */
export const suggest = (word: string, known: readonly string[]): string | undefined => {
  const typed = word.slice(0, 40).toLowerCase();
  const begun = known.filter((candidate) => typed.length > 2 && candidate.startsWith(typed));
  if (begun.length === 1) return begun[0];
  const limit = Math.max(1, Math.floor(typed.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(typed, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((first, second) => first.edits - second.edits);
  return best?.candidate;
};

/** Replaces `[start, end)` of a text; an insertion when both are equal. */
export type Edit = { start: number; end: number; text: string };

/** Applies edits that do not overlap; everything outside them stays byte for byte. */
export const applyEdits = (source: string, edits: readonly Edit[]): string => {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + source.slice(at);
};

/**
 * What every text format shares: from bytes to text with clear refusals, and from an offset to line and column. Knows no
 * format.
 */
export * from './edits.ts';
export * from './position.ts';
export * from './source-text.ts';

/**
 * JSON that remembers its spelling: a strict scanner that names line and column, refuses duplicate keys and depth, and
 * gives the raw text of members, so that what we do not know is written back as it was. Knows no schema.
 */
export * from './document.ts';
export * from './print.ts';
export * from './scan.ts';

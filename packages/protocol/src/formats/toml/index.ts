/**
 * TOML for editing: values come from a real parser, places from a scanner that finds headers and key lines, so that an
 * edit touches only what it is about and comments, order and spelling of the rest stay. Knows no schema.
 */
export * from './layout.ts';
export * from './parse.ts';
export * from './string.ts';

/**
 * Settings and places: which variables and options there are (`fields.ts`), what they say (`load.ts`), and where files of
 * ours and of other tools stand on each platform (`paths.ts`). Must not know what is in those files. To add a setting,
 * add its row to `fields.ts`; docs/configuration.md is generated from it.
 */
export * from './fields.ts';
export * from './load.ts';
export * from './paths.ts';

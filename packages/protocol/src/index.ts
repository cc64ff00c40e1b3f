export * from './credentials/index.ts';
export * from './errors.ts';
export * from './formats/index.ts';
export * from './helpers/index.ts';
export * from './matching/index.ts';
export * from './oauth/index.ts';
export * from './pypi/index.ts';
export * from './tokens/index.ts';

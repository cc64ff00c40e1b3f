export * from './errors.ts';
export * from './tokens/index.ts';

export type * from './core/model.ts';
export * from './core/ports/storage.ts';
export { openStorage } from './storage/index.ts';

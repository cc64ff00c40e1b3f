export * from './contracts/index.ts';
export * from './fakes/index.ts';
export * from './faults/index.ts';
export * from './harness/index.ts';

/**
 * What a credential is: the union of kinds, the wrapper that keeps secrets out of output, and what hides secrets and
 * control characters in text that is shown. Must not know where credentials are stored or which URL they belong to.
 * To add a kind, add its type to the union in `credential.ts`; exhaustive switches elsewhere then fail to compile.
 */
export * from './authorization.ts';
export * from './credential.ts';
export * from './redact.ts';
export * from './secret.ts';
export * from './terminal.ts';

/**
 * Calls to a pkgauth service: one file per subject, each a request and what its answer means. Must not know where
 * credentials are kept or how people are asked. To add a call, add its function to the file of its subject; refusals all
 * become `ClientError`s through `refusal`.
 */
export * from './api-keys.ts';
export * from './discovery.ts';
export { hostOf, jsonBody, postForm, readAnswer, refusal, unexpected } from './exchange.ts';
export * from './revocation.ts';
export * from './whoami.ts';

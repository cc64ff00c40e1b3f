/**
 * The HTTP contract: paths, requests and answers of the service, one file per surface, as schemas that both sides use. The
 * only part of this package that loads zod, which is why it is an entry of its own: helper programs must start without it.
 * To add an endpoint, add its row and schemas to its surface.
 */
export * from './endpoint.ts';
export * from './pkgauth.ts';
export * from './problem.ts';
export * from './pyx.ts';

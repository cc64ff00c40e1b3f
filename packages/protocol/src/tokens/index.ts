/**
 * The shapes of our own tokens: opaque secrets with prefix and checksum, and the claims of access tokens. Must not know
 * how a token is stored, signed or verified. To add an opaque kind, add its row in `opaque.ts` and a vector.
 */
export * from './access.ts';
export * from './jwt.ts';
export * from './opaque.ts';

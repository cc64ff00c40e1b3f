/**
 * Binary-to-text codings and the checksum that our tokens carry. Owns no meaning: what is encoded is its caller's
 * business. To add a coding, add `<name>.ts` with its strict decoder and a line here.
 */
export * from './base62.ts';
export * from './base64.ts';
export * from './crc32.ts';
export * from './html.ts';
export * from './seahash.ts';

import type { Random } from './ports/index.ts';

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export type IdPrefix = 'usr' | 'org' | 'reg' | 'viw' | 'ses' | 'brs' | 'key' | 'sva' | 'jti';

/** An id with a readable prefix and 128 random bits. */
export const newId = (random: Random, prefix: IdPrefix): string => `${prefix}_${toHex(random.bytes(16))}`;

/** 256 random bits as lower-case hex, for cookies and links. */
export const newSecret = (random: Random): string => toHex(random.bytes(32));

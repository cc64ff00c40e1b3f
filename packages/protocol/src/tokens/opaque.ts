import { bigintOfBytes, crc32, encodeBase62 } from '../encoding/index.ts';
import { encodeUtf8 } from '../platform.ts';

/**
 * Our opaque secrets: a prefix that says what leaked, 256 random bits as 43 base-62 digits, and the CRC-32 of all that
 * as 6 more. The organization tokens use `-` because conda cuts a `/t/<token>/` at the first character outside
 * `[A-Za-z0-9-]`. Prefixes never change: scanners and stored keys depend on them.
 */
export const tokenKinds = {
  'api-key': { prefix: 'pka_', title: 'API key' },
  refresh: { prefix: 'pkr_', title: 'refresh token' },
  individual: { prefix: 'pki-', title: 'individual token' },
  site: { prefix: 'pks-', title: 'site token' },
} as const satisfies Record<string, { prefix: string; title: string }>;

export type TokenKind = keyof typeof tokenKinds;

const bodyLength = 43;
const checksumLength = 6;
const greatestBody = encodeBase62((1n << 256n) - 1n, bodyLength);

/** Length of every opaque token, in characters. */
export const tokenLength = 4 + bodyLength + checksumLength;

/** Source of a regular expression (no flags, no anchors, portable to RE2 and PCRE) that finds our tokens in any text. */
export const tokenPattern = `pk(?:[ar]_|[is]-)[0-9A-Za-z]{${bodyLength + checksumLength}}`;

const exactToken = new RegExp(`^${tokenPattern}$`);

const checksum = (prefixAndBody: string): string =>
  encodeBase62(BigInt(crc32(encodeUtf8(prefixAndBody))), checksumLength);

/** The token of this kind over 32 bytes of randomness. Throws `TypeError` for another number of bytes. */
export const formatToken = (kind: TokenKind, bytes: Uint8Array): string => {
  if (bytes.length !== 32) throw new TypeError(`a token takes 32 random bytes, not ${bytes.length}`);
  const text = tokenKinds[kind].prefix + encodeBase62(bigintOfBytes(bytes), bodyLength);
  return text + checksum(text);
};

/**
 * The kind of a token that one of our services may have issued; `undefined` for anything else, so that a mistyped, cut,
 * extended or re-cased token is refused without a look-up. Says nothing about whether the token is still valid.
 */
export const parseToken = (text: string): { kind: TokenKind } | undefined => {
  if (text.length !== tokenLength || !exactToken.test(text)) return undefined;
  const body = text.slice(4, 4 + bodyLength);
  if (body > greatestBody || checksum(text.slice(0, -checksumLength)) !== text.slice(-checksumLength))
    return undefined;
  for (const kind of Object.keys(tokenKinds) as TokenKind[]) {
    if (text.startsWith(tokenKinds[kind].prefix)) return { kind };
  }
  return undefined;
};

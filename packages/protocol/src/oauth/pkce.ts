import { encodeBase64Url } from '../encoding/index.ts';
import { encodeUtf8 } from '../platform.ts';

/** SHA-256 of bytes, as the runtime offers it. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** A code verifier (RFC 7636 §4.1) of 32 to 96 random bytes: 43 to 128 characters. Throws `TypeError` otherwise. */
export const pkceVerifier = (bytes: Uint8Array): string => {
  if (bytes.length < 32 || bytes.length > 96) {
    throw new TypeError(`a code verifier takes 32 to 96 random bytes, not ${bytes.length}`);
  }
  return encodeBase64Url(bytes);
};

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export const pkceChallenge = async (verifier: string, sha256: Sha256): Promise<string> =>
  encodeBase64Url(await sha256(encodeUtf8(verifier)));

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { hash as hashArgon2, verify as verifyArgon2 } from '@node-rs/argon2';
import type { Crypto } from '../core/ports/index.ts';

/** Leads every sealed text, so that another construction can be told apart later. */
const version = 'v1.';
const nonceLength = 12;
const tagLength = 16;

/** OWASP's first recommendation for argon2id (the library's default variant): 19 MiB, two passes, one lane. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** `secretKey`: the service's own 32 bytes. */
export function createCrypto(secretKey: Uint8Array): Crypto {
  const sealingKey = derive(secretKey, 'pkgauth sealing');
  return {
    sha256: (text) => hash('sha256', text, 'hex'),
    seal: (text, context) => encrypt(sealingKey, text, context),
    open: (sealed, context) => decrypt(sealingKey, sealed, context),
    sealWith: (secret, text, context) =>
      encrypt(derive(secret, 'pkgauth sealing with a secret'), text, context),
    openWith: (secret, sealed, context) =>
      decrypt(derive(secret, 'pkgauth sealing with a secret'), sealed, context),
    equal(a, b) {
      // Hashing makes the lengths equal without telling them.
      return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
    },
    hashPassword: (password) => hashArgon2(password, argon2),
    verifyPassword: (passwordHash, password) => verifyArgon2(passwordHash, password),
  };
}

/** HKDF-SHA-256 (RFC 5869) without salt: the input is uniformly random or a 256-bit token. */
function derive(input: string | Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', input, '', purpose, 32));
}

function encrypt(key: Buffer, text: string, context: string): string {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return version + sealed.toString('base64url');
}

function decrypt(key: Buffer, sealed: string, context: string): string {
  const bytes = Buffer.from(sealed.slice(version.length), 'base64url');
  if (!sealed.startsWith(version) || bytes.length < nonceLength + tagLength) {
    throw new TypeError('this is not a sealed text');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagLength));
  const body = bytes.subarray(nonceLength, bytes.length - tagLength);
  return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
}

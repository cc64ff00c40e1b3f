import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hash,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { accessTokenHeader } from '@pkgauth/protocol';
import type { SigningAlgorithm } from '../core/model.ts';
import type { GeneratedKey, Jws, JwsVerifier } from '../core/ports/index.ts';

/** Bytes of an ES256 signature (RFC 7518 §3.4), and its length in base64url. */
const signatureLength = 64;
const signatureTextLength = 86;
/** Longer texts are refused unread; a request header does not carry them. */
const longestToken = 16 * 1024;

const generate = promisify(generateKeyPair);

export function createJws(): Jws {
  return {
    generate: async (algorithm) => describeKey(await generatePrivateKey(algorithm), algorithm),
    signer: createSigner,
    verifier: createVerifier,
  };
}

async function generatePrivateKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  if (algorithm === 'ES256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  return (await generate('rsa', { modulusLength: 2048 })).privateKey;
}

function describeKey(privateKey: KeyObject, algorithm: SigningAlgorithm): GeneratedKey {
  const publicPart = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = thumbprint(publicPart);
  const use = { kid, alg: algorithm, use: 'sig' };
  return {
    kid,
    privateJwk: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...use }),
    publicJwk: JSON.stringify({ ...publicPart, ...use }),
  };
}

/** RFC 7638 §3: the required members in lexicographic order. */
function thumbprint(jwk: JsonWebKey): string {
  const { crv, e, kty, n, x, y } = jwk;
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return hash('sha256', JSON.stringify(members), 'base64url');
}

/** One spelling only: the verifier compares bytes, it does not interpret. */
function headerSegment(kid: string): string {
  const { alg, typ } = accessTokenHeader;
  return encode(JSON.stringify({ alg, typ, kid }));
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

function createSigner(kid: string, privateJwk: string): (payload: Record<string, unknown>) => string {
  const key = createPrivateKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
  const header = headerSegment(kid);
  return (payload) => {
    const input = `${header}.${encode(JSON.stringify(payload))}`;
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  };
}

function createVerifier(kid: string, publicJwk: string): JwsVerifier {
  const key = createPublicKey({ key: JSON.parse(publicJwk) as JsonWebKey, format: 'jwk' });
  const header = headerSegment(kid);
  const payloadStart = header.length + 1;
  return {
    header,
    verify(token) {
      const payloadEnd = token.length - signatureTextLength - 1;
      if (token.length > longestToken || payloadEnd <= payloadStart || token[payloadEnd] !== '.')
        return undefined;
      if (!token.startsWith(`${header}.`)) return undefined;
      const payload = decode(token.slice(payloadStart, payloadEnd));
      const signature = decode(token.slice(payloadEnd + 1));
      if (payload === undefined || signature?.length !== signatureLength) return undefined;
      const input = Buffer.from(token.slice(0, payloadEnd), 'latin1');
      if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)) return undefined;
      return JSON.parse(payload.toString('utf8')) as Record<string, unknown>;
    },
  };
}

/** Node's decoder forgives; what it would write differently is refused (RFC 7515 §2, RFC 4648 §3.5). */
function decode(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.toString('base64url') === segment ? bytes : undefined;
}

import { decodeBase64Url } from '../encoding/index.ts';
import { decodeUtf8 } from '../platform.ts';

/** Longer texts are not looked at: a request header does not carry them. */
const maximumLength = 16_384;

export type JwtParts = { header: Record<string, unknown>; payload: Record<string, unknown> };

const decodeObject = (segment: string): Record<string, unknown> | undefined => {
  const bytes = decodeBase64Url(segment);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const segmentsOf = (text: string): [string, string] | undefined => {
  if (text.length > maximumLength) return undefined;
  const [header, payload, signature, ...rest] = text.split('.', 4);
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return undefined;
  return /^[\w-]*$/.test(signature) ? [header, payload] : undefined;
};

/**
 * Header and payload of a compact JWS (RFC 7515 §7.1) **without verifying it**: three base64url segments without
 * padding, the first two JSON objects, at most 16 KiB. `undefined` for anything else, opaque tokens included.
 */
export const decodeJwt = (text: string): JwtParts | undefined => {
  const segments = segmentsOf(text);
  if (segments === undefined) return undefined;
  const header = decodeObject(segments[0]);
  const payload = decodeObject(segments[1]);
  return header === undefined || payload === undefined ? undefined : { header, payload };
};

/** As `decodeJwt`, the payload only. */
export const decodeJwtPayload = (text: string): Record<string, unknown> | undefined =>
  decodeJwt(text)?.payload;

/** The `exp` claim in **milliseconds** since the Unix epoch; `undefined` for opaque tokens and tokens without one. */
export const jwtExpiresAt = (text: string): number | undefined => {
  const exp = decodeJwtPayload(text)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
};

/** What people copy from samples. Long words only: a short one turns up in real random text now and then. */
const examples = /change.?me|example|password|default|insecure|placeholder|replace.?me/i;

/** 32 random bytes, and the differences between them, have fewer different values than this once in 10^9 draws. */
const fewestValues = 20;

export type SecretCheck = { ok: true; key: Uint8Array } | { ok: false; problem: string };

/**
 * Reads the service's key: 32 bytes as hex, base64 or base64url. Refuses what nobody drew at random, since whoever
 * can guess the key opens everything that is sealed.
 */
export function checkSecret(text: string): SecretCheck {
  const key = decode(text.trim());
  if (key === undefined) return { ok: false, problem: 'must be 32 random bytes as base64 or hex' };
  const steps = key.slice(1).map((byte, at) => byte - (key[at] ?? 0));
  const printable = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  const regular = new Set(key).size < fewestValues || new Set(steps).size < fewestValues;
  if (regular || printable || examples.test(text)) {
    return { ok: false, problem: 'is weak or taken from an example; draw one with: openssl rand -base64 32' };
  }
  return { ok: true, key };
}

function decode(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Uint8Array.from(Buffer.from(text, 'base64'));
  return undefined;
}

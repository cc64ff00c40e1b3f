/** A hash that somebody announced for some content; `algorithm` as `node:crypto` names it. */
export type Digest = { algorithm: string; hex: string };

/** Strongest first; by the names of PEP 503 and PEP 691 (those of Python's hashlib). */
const algorithms = [
  { name: 'sha256', algorithm: 'sha256', length: 64 },
  { name: 'sha512', algorithm: 'sha512', length: 128 },
  { name: 'sha384', algorithm: 'sha384', length: 96 },
  { name: 'blake2b', algorithm: 'blake2b512', length: 128 },
  { name: 'sha3_256', algorithm: 'sha3-256', length: 64 },
  { name: 'sha224', algorithm: 'sha224', length: 56 },
  { name: 'sha1', algorithm: 'sha1', length: 40 },
  { name: 'md5', algorithm: 'md5', length: 32 },
] as const;

/** The best of the announced hashes that can be checked here. */
export function bestDigest(hashes: Readonly<Record<string, string>>): Digest | undefined {
  for (const { name, algorithm, length } of algorithms) {
    const hex = hashes[name]?.toLowerCase();
    if (hex !== undefined && hex.length === length && /^[0-9a-f]+$/.test(hex)) return { algorithm, hex };
  }
  return undefined;
}

const mask = (1n << 64n) - 1n;
const multiplier = 0x6eed0e9da4d94a4fn;

const diffuse = (value: bigint): bigint => {
  let x = (value * multiplier) & mask;
  x ^= (x >> 32n) >> (x >> 60n);
  return (x * multiplier) & mask;
};

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** SeaHash (version 4, default seeds) of the bytes, an unsigned 64-bit integer. Not cryptographic: it names files. */
export const seaHash = (bytes: Uint8Array): bigint => {
  let [a, b, c, d] = [0x16f11fe89b0d677cn, 0xb480a793d8e6c86cn, 0x6fe2e5aaf078ebc9n, 0x14f994a4c5259381n];
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8)
    [a, b, c, d] = [b, c, d, diffuse(a ^ littleEndian(bytes.subarray(at, at + 8)))];
  if (whole < bytes.length) a = diffuse(a ^ littleEndian(bytes.subarray(whole)));
  return diffuse(a ^ b ^ c ^ d ^ BigInt(bytes.length));
};

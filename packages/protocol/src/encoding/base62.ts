/** In ASCII order, so that encoded numbers of equal length compare as text. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A non-negative integer in base 62 (`0-9A-Za-z`), most significant digit first, zero-padded to `length` characters.
 * Throws `RangeError` when it does not fit.
 */
export const encodeBase62 = (value: bigint, length: number): string => {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index++) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  if (rest !== 0n || value < 0n) throw new RangeError(`the number does not fit ${length} base-62 digits`);
  return text;
};

/** The integer whose big-endian bytes these are. */
export const bigintOfBytes = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
};

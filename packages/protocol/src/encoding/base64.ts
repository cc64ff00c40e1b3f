const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const urlSafe = `${standard.slice(0, 62)}-_`;

const encode = (bytes: Uint8Array, alphabet: string): string => {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
    if (left > 1) text += alphabet.charAt((group >> 6) & 63);
    if (left > 2) text += alphabet.charAt(group & 63);
  }
  return text;
};

const valuesOf = (alphabet: string): Int8Array => {
  const values = new Int8Array(128).fill(-1);
  for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index;
  return values;
};
const standardValues = valuesOf(standard);
const urlSafeValues = valuesOf(urlSafe);

const decode = (text: string, values: Int8Array): Uint8Array | undefined => {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const value = values[text.charCodeAt(index)] ?? -1;
    if (value < 0) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  return held === 0 ? bytes : undefined;
};

/** Base64 with padding (RFC 4648 §4). */
export const encodeBase64 = (bytes: Uint8Array): string => {
  const text = encode(bytes, standard);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
};

/** Base64url without padding (RFC 4648 §5). */
export const encodeBase64Url = (bytes: Uint8Array): string => encode(bytes, urlSafe);

/** Inverse of `encodeBase64`; `undefined` for anything that it would not have written, missing padding included. */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  return decode(text.replace(/={1,2}$/, ''), standardValues);
};

/** Inverse of `encodeBase64Url`; `undefined` for anything that it would not have written. */
export const decodeBase64Url = (text: string): Uint8Array | undefined => decode(text, urlSafeValues);

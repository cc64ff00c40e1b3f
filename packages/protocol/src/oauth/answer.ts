import { ProtocolError } from '../errors.ts';
import { decodeUtf8 } from '../platform.ts';

/** Largest answer of a token, device or error endpoint that is looked at. */
const maximumSize = 1024 * 1024;

/** The members of a JSON answer; throws `ProtocolError` (`too-large`, `syntax`) without quoting it. */
export const readAnswer = (input: string | Uint8Array): Record<string, unknown> => {
  if (input.length > maximumSize) throw new ProtocolError('too-large', "the server's answer is too large");
  let value: unknown;
  try {
    value = JSON.parse(typeof input === 'string' ? input : decodeUtf8(input));
  } catch {
    throw new ProtocolError('syntax', "the server's answer is not JSON", {
      hint: 'check the address: this may be a web page or a captive portal',
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProtocolError('syntax', "the server's answer is not a JSON object");
};

/** A non-empty text member, or `undefined`. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** A text member that the answer must have. */
export const requireText = (members: Record<string, unknown>, name: string): string => {
  const text = textOf(members[name]);
  if (text === undefined) throw new ProtocolError('syntax', `the server's answer has no ${name}`);
  return text;
};

/** Whole seconds, also when written as text; negative ones are 0, others `undefined`. */
export const secondsOf = (value: unknown): number | undefined => {
  const number =
    typeof value === 'string' && /^\s*-?\d{1,12}(?:\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.max(0, Math.floor(number)) : undefined;
};

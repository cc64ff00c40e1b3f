import { ProtocolError } from '../../errors.ts';
import { decodeUtf8 } from '../../platform.ts';
import { errorAt } from './position.ts';

/** Largest credential or configuration file that is read, in bytes (or UTF-16 units of text). */
const maximumFileSize = 5 * 1024 * 1024;

const decode = (bytes: Uint8Array): string => {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new ProtocolError('encoding', 'the file is UTF-16, not UTF-8', { hint: 'save it again as UTF-8' });
  }
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new ProtocolError('encoding', 'the file is not UTF-8 text', { cause });
  }
};

/** A text without its byte order mark, and the mark (or nothing) to put back in front when it is written. */
export type SourceText = { bom: '' | '\ufeff'; text: string };

/**
 * The text of a file: UTF-8, an optional byte order mark, at most `limit` long. Throws `ProtocolError`: `too-large`, or
 * `encoding` for UTF-16, NUL bytes and anything else that is not text.
 */
export const readSourceText = (input: string | Uint8Array, limit: number = maximumFileSize): SourceText => {
  if (input.length > limit) {
    throw new ProtocolError('too-large', `the file is larger than ${limit} bytes`, {
      hint: 'check that this is the right file; move it away to start anew',
    });
  }
  const whole = typeof input === 'string' ? input : decode(input);
  const bom = whole.startsWith('\ufeff') ? '\ufeff' : '';
  const text = whole.slice(bom.length);
  const nul = text.indexOf('\0');
  if (nul >= 0)
    throw errorAt(text, nul, 'the file contains a NUL byte, so it is not text', { code: 'encoding' });
  return { bom, text };
};

/**
 * As `readSourceText`, for files whose owner does not know byte order marks and would miss the first line behind one:
 * throws `encoding` for them.
 */
export const readUnmarkedText = (input: string | Uint8Array, limit?: number): string => {
  const { bom, text } = readSourceText(input, limit);
  if (bom === '') return text;
  throw new ProtocolError('encoding', 'the file starts with a byte order mark, which hides its first line', {
    line: 1,
    hint: 'save it as UTF-8 without a byte order mark',
  });
};

/** The line ending that a text uses, judged by its first line. */
export const lineEndingOf = (text: string): '\n' | '\r\n' => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n');

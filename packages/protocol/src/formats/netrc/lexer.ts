import { ProtocolError } from '../../errors.ts';
import { errorAt, positionAt, readUnmarkedText } from '../text/index.ts';

/** Limits of curl's reader, so that no client sees less than we do. */
const maximumFile = 128 * 1024;
const maximumLine = 16 * 1024;

/** A word of the file, quotes and backslashes resolved; `[start, end)` is its spelling. */
export type NetrcToken = { text: string; start: number; end: number };

/**
 * The text of a netrc file. Throws `ProtocolError`: `too-large` beyond 128 KiB or 16 KiB in one line; `encoding` for what is
 * not UTF-8, and for a byte order mark, behind which no client finds the first entry.
 */
export const readNetrcText = (input: string | Uint8Array): string => {
  const text = readUnmarkedText(input, maximumFile);
  const long = new RegExp(`[^\\r\\n]{${maximumLine + 1}}`).exec(text);
  if (long !== null) {
    throw new ProtocolError('too-large', `the line is longer than ${maximumLine} characters`, {
      line: positionAt(text, long.index).line,
    });
  }
  return text;
};

const gap = /[\n\t\r ]*/y;
const bareWord = /(?:\\[\s\S]?|[^\n\t\r \\])+/y;
const quotedWord = /"((?:\\[\s\S]|[^"\\])*)"/y;
const restOfLine = /[^\r\n]*/y;

const matchAt = (text: string, at: number, pattern: RegExp): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const resolveEscapes = (text: string): string => text.replace(/\\([\s\S]?)/g, '$1');

/** The next word at or behind an offset; `undefined` at the end of the text. */
export const nextToken = (text: string, from: number): NetrcToken | undefined => {
  const start = from + (matchAt(text, from, gap)?.[0].length ?? 0);
  if (start >= text.length) return undefined;
  if (text[start] !== '"') {
    const word = matchAt(text, start, bareWord)?.[0] ?? '';
    return { text: resolveEscapes(word), start, end: start + word.length };
  }
  const quoted = matchAt(text, start, quotedWord);
  if (quoted === null) throw errorAt(text, start, 'the quotation is not closed');
  return { text: resolveEscapes(quoted[1] ?? ''), start, end: start + quoted[0].length };
};

/** Where the line ends that an offset is in, before its line feed. */
export const endOfLine = (text: string, at: number): number =>
  at + (matchAt(text, at, restOfLine)?.[0].length ?? 0);

/** Behind the line feed of the line that an offset is in. */
export const nextLine = (text: string, at: number): number => {
  const end = endOfLine(text, at);
  return end + (text.startsWith('\r\n', end) ? 2 : end < text.length ? 1 : 0);
};

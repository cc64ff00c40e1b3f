import { ProtocolError, type ProtocolErrorCode } from '../../errors.ts';

/** One-based line and column (UTF-16 units) of an offset; lines end at LF, CRLF or CR. */
export const positionAt = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset);
  const lines = before.match(/\r\n|\n|\r/g)?.length ?? 0;
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  return { line: lines + 1, column: offset - lineStart + 1 };
};

/** An error at an offset of a text. */
export const errorAt = (
  text: string,
  offset: number,
  reason: string,
  options: { code?: ProtocolErrorCode; hint?: string } = {},
): ProtocolError =>
  new ProtocolError(options.code ?? 'syntax', reason, { ...positionAt(text, offset), hint: options.hint });

/** Line numbers of offsets that are asked in ascending order, in one pass over the text. */
export const lineCounter = (text: string): ((offset: number) => number) => {
  let line = 1;
  let next = text.indexOf('\n');
  return (offset) => {
    for (; next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) line++;
    return line;
  };
};

import { errorAt } from '../text/index.ts';

const maximumDepth = 64;

export type JsonTokenKind = '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'number' | 'literal';
export type JsonToken = { kind: JsonTokenKind; start: number; end: number };

const lexeme = /([{}[\]:,])|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)/y;

const afterWhitespace = (text: string, offset: number): number => {
  let at = offset;
  while (' \t\r\n'.includes(text[at] ?? 'x')) at++;
  return at;
};

/** By hand, because a regular expression's stack would bound the length of strings. */
const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"') return at + 1;
    if (character < ' ') throw errorAt(text, at, 'raw control character in a string');
    if (character !== '\\') continue;
    const escaped = text[at + 1] ?? '';
    if (escaped === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) at += 5;
    else if (escaped !== '' && '"\\/bfnrt'.includes(escaped)) at++;
    else throw errorAt(text, at, 'malformed escape in a string');
  }
  throw errorAt(text, start, 'the string is not closed');
};

const tokenAt = (text: string, start: number): JsonToken => {
  if (text[start] === '"') return { kind: 'string', start, end: endOfString(text, start) };
  lexeme.lastIndex = start;
  const [whole, mark, number] = lexeme.exec(text) ?? [];
  if (whole === undefined) throw errorAt(text, start, 'unexpected character');
  const kind = (mark as JsonTokenKind | undefined) ?? (number === undefined ? 'literal' : 'number');
  return { kind, start, end: start + whole.length };
};

/** The tokens of a JSON text (RFC 8259); throws `ProtocolError` (`syntax`) with line and column. */
const tokenizeJson = function* (text: string): Generator<JsonToken, void> {
  for (let start = afterWhitespace(text, 0); start < text.length; ) {
    const token = tokenAt(text, start);
    yield token;
    start = afterWhitespace(text, token.end);
  }
};

type Frame = { closer: '}' | ']'; keys: Set<string> | undefined };
/** What may come next: a value; a value or `]`; a key; a key or `}`; `:`; `,` or the closer; nothing more. */
type Expectation = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'end';

const open = (text: string, token: JsonToken, stack: Frame[]): Expectation => {
  if (stack.length >= maximumDepth) {
    throw errorAt(text, token.start, `nested deeper than ${maximumDepth} levels`, { code: 'too-large' });
  }
  const isObject = token.kind === '{';
  stack.push({ closer: isObject ? '}' : ']', keys: isObject ? new Set() : undefined });
  return isObject ? 'key-or-end' : 'value-or-end';
};

const takeKey = (text: string, token: JsonToken, frame: Frame | undefined): Expectation => {
  const key = JSON.parse(text.slice(token.start, token.end)) as string;
  if (frame?.keys?.has(key)) throw errorAt(text, token.start, 'duplicate key');
  frame?.keys?.add(key);
  return 'colon';
};

const after = (stack: readonly Frame[]): Expectation => (stack.length === 0 ? 'end' : 'comma-or-end');

const advance = (text: string, token: JsonToken, expected: Expectation, stack: Frame[]): Expectation => {
  const { kind } = token;
  const frame = stack.at(-1);
  if (expected.endsWith('-end') && kind === frame?.closer) {
    stack.pop();
    return after(stack);
  }
  if (expected.startsWith('value')) {
    if (kind === '{' || kind === '[') return open(text, token, stack);
    if (kind === 'string' || kind === 'number' || kind === 'literal') return after(stack);
  }
  if (expected.startsWith('key') && kind === 'string') return takeKey(text, token, frame);
  if (expected === 'colon' && kind === ':') return 'value';
  if (expected === 'comma-or-end' && kind === ',') return frame?.keys === undefined ? 'value' : 'key';
  throw errorAt(
    text,
    token.start,
    expected === 'end' ? 'text after the end of the document' : 'unexpected token',
  );
};

/**
 * All tokens of one well-formed JSON text. Throws `ProtocolError` with line and column: `syntax`, also for duplicate keys,
 * or `too-large` beyond 64 levels.
 */
export const scanJson = (text: string): JsonToken[] => {
  const tokens: JsonToken[] = [];
  const stack: Frame[] = [];
  let expected: Expectation = 'value';
  for (const token of tokenizeJson(text)) {
    expected = advance(text, token, expected, stack);
    tokens.push(token);
  }
  if (expected !== 'end') throw errorAt(text, text.length, 'the document ends too early');
  return tokens;
};

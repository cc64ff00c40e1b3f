import { parseToml } from './parse.ts';

/** `[path]` or `[[path]]`; `end` is after its line. */
export type TomlHeader = { kind: 'header'; path: string[]; isArray: boolean; start: number; end: number };
/** `path = value`; `start` is at the key, `end` after the line that the value ends in. */
export type TomlPair = {
  kind: 'pair';
  path: string[];
  start: number;
  valueStart: number;
  valueEnd: number;
  end: number;
};
export type TomlStatement = TomlHeader | TomlPair;

/** A header with the key lines up to the next header; the first section of a document has no header. */
export type TomlSection = { header: TomlHeader | undefined; pairs: TomlPair[]; start: number; end: number };

const skip = (text: string, at: number, pattern: RegExp): number => {
  pattern.lastIndex = at;
  pattern.exec(text);
  return Math.max(at, pattern.lastIndex);
};
const blank = /[ \t]*/y;
const blankLines = /[ \t\r\n]*/y;
const restOfLine = /[^\n]*(?:\n|$)/y;

/** A loop, because one regular expression for many comments would exhaust its stack. */
const skipComments = (text: string, start: number): number => {
  let at = skip(text, start, blankLines);
  while (text[at] === '#') at = skip(text, skip(text, at, restOfLine), blankLines);
  return at;
};

const endOfString = (text: string, start: number): number => {
  const quote = text[start] ?? '"';
  const isLong = text.startsWith(quote.repeat(3), start);
  for (let at = start + (isLong ? 3 : 1); at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote && !isLong) return at + 1;
    else if (text.startsWith(quote.repeat(3), at)) {
      const extra = text.startsWith(quote.repeat(2), at + 3) ? 2 : text[at + 3] === quote ? 1 : 0;
      return at + 3 + extra;
    }
  }
  return text.length;
};

const isQuote = (character: string | undefined): boolean => character === '"' || character === "'";

const endOfBrackets = (text: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isQuote(character)) at = endOfString(text, at) - 1;
    else if (character === '#') at = skip(text, at, restOfLine) - 1;
    else if (character === '[' || character === '{') depth++;
    else if ((character === ']' || character === '}') && --depth === 0) return at + 1;
  }
  return text.length;
};

const bareValue = /[^#\r\n]*/y;

const endOfValue = (text: string, start: number): number => {
  if (isQuote(text[start])) return endOfString(text, start);
  if (text[start] === '[' || text[start] === '{') return endOfBrackets(text, start);
  return start + text.slice(start, skip(text, start, bareValue)).trimEnd().length;
};

const bareKey = /[\w-]+/y;

/** Reads a dotted key; `end` is at the `=` or `]` behind it. */
const readKey = (text: string, start: number): { path: string[]; end: number } => {
  const path: string[] = [];
  for (let at = start; ; at++) {
    at = skip(text, at, blank);
    const end = isQuote(text[at]) ? endOfString(text, at) : skip(text, at, bareKey);
    const raw = text.slice(at, end);
    path.push(isQuote(raw[0]) ? String(parseToml(`k=${raw}`).k) : raw);
    at = skip(text, end, blank);
    if (text[at] !== '.') return { path, end: at };
  }
};

const readHeader = (text: string, start: number): TomlHeader => {
  const isArray = text[start + 1] === '[';
  const { path, end } = readKey(text, start + (isArray ? 2 : 1));
  return { kind: 'header', path, isArray, start, end: skip(text, end, restOfLine) };
};

const readPair = (text: string, start: number): TomlPair => {
  const { path, end } = readKey(text, start);
  const valueStart = skip(text, end + 1, blank);
  const valueEnd = endOfValue(text, valueStart);
  return { kind: 'pair', path, start, valueStart, valueEnd, end: skip(text, valueEnd, restOfLine) };
};

/** Headers and key lines of a TOML document in their order. The text must have passed `parseToml`. */
export const tomlStatements = (text: string): TomlStatement[] => {
  const statements: TomlStatement[] = [];
  for (let at = skipComments(text, 0); at < text.length; ) {
    const statement = text[at] === '[' ? readHeader(text, at) : readPair(text, at);
    statements.push(statement);
    at = skipComments(text, statement.end);
  }
  return statements;
};

/** The sections of a TOML document; `end` is after the last statement, so comments above the next header stay with it. */
export const tomlSections = (text: string): TomlSection[] => {
  let current: TomlSection = { header: undefined, pairs: [], start: 0, end: 0 };
  const sections = [current];
  for (const statement of tomlStatements(text)) {
    if (statement.kind === 'header') {
      current = { header: statement, pairs: [], start: statement.start, end: statement.end };
      sections.push(current);
    } else {
      current.pairs.push(statement);
      current.end = statement.end;
    }
  }
  return sections;
};

import { Secret } from '../../credentials/index.ts';
import { errorAt, lineCounter } from '../text/index.ts';
import { endOfLine, type NetrcToken, nextLine, nextToken, readNetrcText } from './lexer.ts';

export type NetrcEntry = {
  /** Host without port as the file spells it; `undefined` is the `default` entry. */
  machine: string | undefined;
  /** Empty when the entry has none; likewise `password`. */
  login: string;
  password: Secret;
  /** Line of the entry's first word; first is 1. */
  line: number;
};

export type NetrcField = 'login' | 'account' | 'password';

/** An entry with the places of its words. */
export type NetrcBlock = {
  name: NetrcToken | undefined;
  fields: { field: NetrcField; value: NetrcToken }[];
  start: number;
  /** Behind its name, or behind the word `default`. */
  nameEnd: number;
  end: number;
};

export type NetrcLayout = { blocks: NetrcBlock[] /** The file ends inside a macro. */; openMacro: boolean };

const fieldOf = new Map<string, NetrcField>([
  ['login', 'login'],
  ['user', 'login'],
  ['account', 'account'],
  ['password', 'password'],
]);

/** The word behind a keyword; its absence is what a half-written file looks like. */
const valueAfter = (text: string, keyword: NetrcToken): NetrcToken => {
  const value = nextToken(text, keyword.end);
  if (value === undefined || (keyword.text === 'machine' && value.text === '')) {
    throw errorAt(text, keyword.start, `${keyword.text} has no value`);
  }
  return value;
};

/** A macro ends at the first empty line. */
const endOfMacro = (text: string, name: NetrcToken): { end: number; open: boolean } => {
  let at = /[\t ]/.test(text[name.end] ?? '') ? name.end + 1 : nextLine(text, name.end);
  while (at < text.length) {
    const next = nextLine(text, at);
    if (endOfLine(text, at) === at) return { end: next, open: false };
    at = next;
  }
  return { end: text.length, open: true };
};

const readFields = (text: string, block: NetrcBlock): NetrcBlock => {
  for (let at = block.end; ; ) {
    const token = nextToken(text, at);
    const field = fieldOf.get(token?.text ?? '');
    if (token?.text.startsWith('#')) at = endOfLine(text, token.end);
    else if (token !== undefined && field !== undefined) {
      const value = valueAfter(text, token);
      block.fields.push({ field, value });
      at = block.end = value.end;
    } else return block;
  }
};

const openBlock = (text: string, keyword: NetrcToken): NetrcBlock => {
  const name = keyword.text === 'machine' ? valueAfter(text, keyword) : undefined;
  const nameEnd = (name ?? keyword).end;
  return { name, fields: [], start: keyword.start, nameEnd, end: nameEnd };
};

/** The places of all entries; throws `ProtocolError` (`syntax`) with line and column. */
export const layOutNetrc = (text: string): NetrcLayout => {
  const blocks: NetrcBlock[] = [];
  let openMacro = false;
  for (let at = 0; ; ) {
    const token = nextToken(text, at);
    if (token === undefined) return { blocks, openMacro };
    if (token.text.startsWith('#')) at = endOfLine(text, token.end);
    else if (token.text === 'macdef') {
      const macro = endOfMacro(text, valueAfter(text, token));
      openMacro = macro.open;
      at = macro.end;
    } else if (token.text === 'machine' || token.text === 'default') {
      const block = readFields(text, openBlock(text, token));
      blocks.push(block);
      at = block.end;
    } else
      throw errorAt(text, token.start, 'unexpected word', {
        hint: 'quote values that contain spaces, and start comments with "# "',
      });
  }
};

const lastOf = ({ fields }: NetrcBlock, wanted: NetrcField): string =>
  fields.findLast(({ field }) => field === wanted)?.value.text ?? '';

/**
 * The entries of a netrc file in their order, doubles included. `user` is read as `login`; `account` and macros are
 * skipped. Unlike python ≥ 3.11, a comment stays one wherever its line stands. Throws `ProtocolError` with the line: `syntax`, `encoding`, or `too-large` (128 KiB; 16 KiB in one line).
 */
export const parseNetrc = (input: string | Uint8Array): NetrcEntry[] => {
  const text = readNetrcText(input);
  const lineAt = lineCounter(text);
  return layOutNetrc(text).blocks.map((block) => ({
    machine: block.name?.text === 'default' ? undefined : block.name?.text,
    login: lastOf(block, 'login'),
    password: new Secret(lastOf(block, 'password')),
    line: lineAt(block.start),
  }));
};

/**
 * The entry that pip, uv and rattler use for a host (without port): the last one whose name is exactly the lower-case host,
 * else the last `default` (which rattler alone does not know).
 */
export const findNetrcEntry = (entries: readonly NetrcEntry[], host: string): NetrcEntry | undefined => {
  const name = host.toLowerCase();
  return (
    entries.findLast(({ machine }) => machine === name) ??
    entries.findLast(({ machine }) => machine === undefined)
  );
};

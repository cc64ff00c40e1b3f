import type { BasicCredential } from '../../credentials/index.ts';
import { ProtocolError } from '../../errors.ts';
import { normalizeHost } from '../../matching/index.ts';
import { applyEdits, type Edit, lineEndingOf } from '../text/index.ts';
import { nextLine, readNetrcText } from './lexer.ts';
import { layOutNetrc, type NetrcBlock, type NetrcField, type NetrcLayout } from './parse.ts';

const unsafe = (reason: string): ProtocolError =>
  new ProtocolError('unsafe-value', reason, { hint: 'store this credential in another place than netrc' });

/** Host names that every client finds: no port, no brackets. */
const requireHost = (host: string): string => {
  const normalized = normalizeHost(host);
  if (!/^[a-z0-9._-]+$/.test(normalized))
    throw unsafe('netrc has no notation for this host that all clients read');
  return normalized;
};

/** Words that every client reads alike without quotes or escapes. */
const requireWord = (text: string, what: string): string => {
  if (/^[\x21-\x7e]+$/.test(text) && !/["\\]|^#/.test(text)) return text;
  throw unsafe(
    `netrc clients read this ${what} differently: only visible ASCII without quotes, backslashes and a leading #`,
  );
};

const isOf = (host: string) => (block: NetrcBlock) => block.name?.text.toLowerCase() === host;

/** The edits that give an entry its new words in their places; what it lacks goes behind its name. */
const fillIn = (block: NetrcBlock, host: string, words: Record<'login' | 'password', string>): Edit[] => {
  const replace = (wanted: NetrcField, text: string): Edit[] =>
    block.fields
      .filter(({ field }) => field === wanted)
      .map(({ value: { start, end } }) => ({ start, end, text }));
  const login = replace('login', words.login);
  const password = replace('password', words.password);
  const missing =
    (login.length === 0 ? ` login ${words.login}` : '') +
    (password.length === 0 ? ` password ${words.password}` : '');
  const name = block.name === undefined ? [] : [{ start: block.name.start, end: block.name.end, text: host }];
  return [...name, { start: block.nameEnd, end: block.nameEnd, text: missing }, ...login, ...password];
};

/** The whole lines of an entry where it shares them with nothing else, a comment behind it included. */
const removal = (text: string, { start, end }: NetrcBlock): Edit => {
  const before = /(?:^|[\r\n])([\t ]*)$/.exec(text.slice(0, start))?.[1];
  const after = /^[\t ]*(?:#[^\r\n]*)?(?=[\r\n]|$)/.exec(text.slice(end))?.[0];
  if (before === undefined || after === undefined) return { start, end, text: '' };
  return { start: start - before.length, end: nextLine(text, end + after.length), text: '' };
};

/** A new line before the `default` entry, which must stay last, or at the end of the file. */
const insertion = (text: string, { blocks, openMacro }: NetrcLayout, line: string): Edit => {
  const newLine = lineEndingOf(text);
  const fallback = blocks.find(({ name }) => name === undefined || name.text === 'default');
  const at = fallback?.start ?? text.length;
  const needsBreak = /[^\r\n]$/.test(text.slice(0, at));
  const macroEnd = fallback === undefined && openMacro ? newLine : '';
  return { start: at, end: at, text: (needsBreak ? newLine : '') + macroEnd + line + newLine };
};

/**
 * The file with exactly one entry for a host: an existing one gets the new login and password in their places, further ones
 * for the host go, a new one is one line. Every other byte stays. Throws `ProtocolError` when the file cannot be read
 * (`''` is an empty file), and `unsafe-value` for hosts or words that some client would read differently.
 */
export const setNetrcEntry = (
  input: string | Uint8Array,
  host: string,
  { username, password }: Pick<BasicCredential, 'username' | 'password'>,
): string => {
  const text = readNetrcText(input);
  const name = requireHost(host);
  const words = {
    login: requireWord(username, 'user name'),
    password: requireWord(password.reveal(), 'password'),
  };
  const layout = layOutNetrc(text);
  const [first, ...others] = layout.blocks.filter(isOf(name));
  if (first === undefined) {
    const line = `machine ${name} login ${words.login} password ${words.password}`;
    return applyEdits(text, [insertion(text, layout, line)]);
  }
  return applyEdits(text, [...fillIn(first, name, words), ...others.map((block) => removal(text, block))]);
};

/**
 * The file without the entries for a host; every other byte stays. `undefined` when there was none. Throws `ProtocolError`
 * when the file cannot be read.
 */
export const removeNetrcEntry = (input: string | Uint8Array, host: string): string | undefined => {
  const text = readNetrcText(input);
  const blocks = layOutNetrc(text).blocks.filter(isOf(normalizeHost(host)));
  return blocks.length === 0
    ? undefined
    : applyEdits(
        text,
        blocks.map((block) => removal(text, block)),
      );
};

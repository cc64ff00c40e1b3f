import {
  type BasicCredential,
  type BearerCredential,
  requireSafeText,
  Secret,
} from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import {
  bestServiceFor,
  isLoopback,
  parseHttpUrl,
  sameService,
  serviceMatchesUrl,
} from '../matching/index.ts';
import { applyEdits, lineCounter, lineEndingOf, readSourceText } from './text/index.ts';
import { formatTomlString, parseToml, type TomlSection, tomlSections } from './toml/index.ts';

/**
 * uv's credentials.toml (uv ≥ 0.8.15): `[[credential]]` tables of service, scheme and secret. uv refuses the whole file for
 * one malformed entry, and uses nothing at all when two entries cover a URL equally well; so both are errors here, and
 * writing leaves exactly one entry for a service.
 */

export type UvCredentialEntry = {
  /** The URL as the file spells it. */
  service: string;
  credential: BasicCredential | BearerCredential;
  /** Line of the entry's header; first is 1. */
  line: number;
};

const ownKeys = new Set(['service', 'username', 'scheme', 'password', 'token']);

const readEntry = (table: Record<string, unknown>, line: number): UvCredentialEntry => {
  const refuse = (reason: string): never => {
    throw new ProtocolError('syntax', reason, {
      line,
      hint: 'uv refuses the whole file for this entry: repair or remove it',
    });
  };
  const text = (key: string): string | undefined => {
    const value = table[key];
    if (value === undefined || typeof value === 'string') return value;
    return refuse(`the credential's ${key} is not a string`);
  };
  const service = text('service') ?? refuse('the credential has no service');
  if (parseHttpUrl(service) === undefined) refuse("the credential's service is not an http(s) URL");
  const [username, password, token] = [text('username'), text('password'), text('token')];
  const scheme = text('scheme') ?? 'basic';
  if (scheme === 'bearer') {
    if (username !== undefined || password !== undefined)
      refuse('a bearer credential has no username or password');
    return {
      service,
      line,
      credential: {
        kind: 'bearer',
        token: new Secret(token ?? refuse('the bearer credential has no token')),
      },
    };
  }
  if (scheme !== 'basic') refuse('the credential has an unknown scheme');
  if (token !== undefined) refuse('a basic credential has no token');
  const user = username ?? refuse('the basic credential has no username');
  return {
    service,
    line,
    credential: { kind: 'basic', username: user, password: new Secret(password ?? '') },
  };
};

/** An entry with the place of its table; `end` includes its sub-tables. */
type Block = { section: TomlSection; end: number; entry: UvCredentialEntry };

const readTables = (text: string): Record<string, unknown>[] => {
  const tables = parseToml(text).credential ?? [];
  if (Array.isArray(tables)) return tables as Record<string, unknown>[];
  throw new ProtocolError('syntax', 'the credentials are not [[credential]] tables');
};

const readBlocks = (text: string): Block[] => {
  const tables = readTables(text);
  const sections = tomlSections(text).filter(({ header }) => header?.path[0] === 'credential');
  const isEntry = ({ header }: TomlSection) => header?.isArray === true && header.path.length === 1;
  if (sections.filter(isEntry).length !== tables.length) {
    throw new ProtocolError('unsupported', 'the credentials are written as an inline array', {
      hint: 'write each one as a [[credential]] table',
    });
  }
  const lineAt = lineCounter(text);
  const blocks: Block[] = [];
  for (const section of sections) {
    const last = blocks.at(-1);
    if (isEntry(section)) {
      const entry = readEntry(tables[blocks.length] ?? {}, lineAt(section.start));
      blocks.push({ section, end: section.end, entry });
    } else if (last !== undefined) last.end = section.end;
  }
  return blocks;
};

/** The entries of a credentials.toml in their order. Throws `ProtocolError` with the line where uv would refuse the file. */
export const parseUvCredentials = (input: string | Uint8Array): UvCredentialEntry[] => {
  const { text } = readSourceText(input);
  const tables = readTables(text);
  const headers = tomlSections(text).filter(({ header }) => header?.path.join('.') === 'credential');
  const lineAt = lineCounter(text);
  return tables.map((table, index) => readEntry(table, lineAt(headers[index]?.start ?? 0)));
};

/**
 * The service that `uv auth login` stores for what a person typed: `https://` in front of a bare host, and a last path
 * segment `simple` or `+simple` cut off. User information is dropped, which uv itself would store. Throws `ProtocolError`:
 * `invalid-url`, or `insecure-url` for http to another machine, which uv refuses to read.
 */
export const uvService = (text: string): string => {
  const url = parseHttpUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === undefined) throw new ProtocolError('invalid-url', 'not a host or an http(s) URL');
  const path = url.pathname.replace(/\/*\/\+?simple\/?$/i, '') || '/';
  const service = `${url.protocol}//${url.host}${path}`;
  if (url.protocol === 'http:' && !isLoopback(service)) {
    throw new ProtocolError(
      'insecure-url',
      'uv reads credentials for http only when the host is this machine',
    );
  }
  return service;
};

const formatLines = (service: string, credential: BasicCredential | BearerCredential): [string, string][] => {
  if (credential.kind === 'bearer') {
    const token = requireSafeText(credential.token.reveal(), 'token');
    return [
      ['service', service],
      ['scheme', 'bearer'],
      ['token', token],
    ];
  }
  const username = requireSafeText(credential.username, 'user name');
  const password = requireSafeText(credential.password.reveal(), 'password');
  return [
    ['service', service],
    ['username', username],
    ['scheme', 'basic'],
    ['password', password],
  ];
};

/** What stays of a replaced table: its header, comments and keys that uv does not know. */
const withoutOwnLines = (
  text: string,
  section: TomlSection,
  newLine: string,
): [header: string, rest: string] => {
  const { start, end, pairs } = section;
  const bodyStart = section.header?.end ?? start;
  const own = pairs.filter(({ path }) => path.length === 1 && ownKeys.has(path[0] ?? ''));
  const edits = own.map((pair) => ({ start: pair.start - bodyStart, end: pair.end - bodyStart, text: '' }));
  const rest = applyEdits(text.slice(bodyStart, end), edits);
  return [text.slice(start, bodyStart), rest === '' || rest.endsWith('\n') ? rest : rest + newLine];
};

/** Takes a table out together with the blank lines that set it apart. */
const cut = (text: string, start: number, end: number): string => {
  const after = text.slice(end).replace(/^(?:[ \t]*\r?\n)+/, '');
  const before = text.slice(0, start);
  return after === '' ? before.replace(/(?<=\n)(?:[ \t]*\r?\n)+$/, '') : before + after;
};

const cutBlocks = (text: string, blocks: readonly Block[]): string =>
  blocks.reduceRight((result, { section, end }) => cut(result, section.start, end), text);

const blocksOf = (text: string, service: string): Block[] =>
  readBlocks(text).filter(({ entry }) => sameService(entry.service, service));

/**
 * The file with exactly one entry for the service (a trailing slash makes no other service), in the notation that uv
 * writes. Other entries, comments, order and keys that uv does not know stay byte for byte. Throws `ProtocolError` when
 * `input` cannot be read (`''` is an empty file), when uv would refuse the service, or for values with control characters.
 */
export const setUvCredential = (
  input: string | Uint8Array,
  service: string,
  credential: BasicCredential | BearerCredential,
): string => {
  const { bom, text } = readSourceText(input);
  const stored = uvService(service);
  const newLine = lineEndingOf(text);
  const lines = formatLines(stored, credential).map(
    ([key, value]) => `${key} = ${formatTomlString(value)}${newLine}`,
  );
  const [first, ...others] = blocksOf(text, stored);
  if (first === undefined) {
    const gap = text === '' || /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? newLine : newLine + newLine;
    return `${bom}${text}${gap}[[credential]]${newLine}${lines.join('')}`;
  }
  const { start, end } = first.section;
  const [header, rest] = withoutOwnLines(text, first.section, newLine);
  const block = header + lines.join('') + rest;
  return bom + applyEdits(cutBlocks(text, others), [{ start, end, text: block }]);
};

/**
 * The file without any entry for the service; everything else stays byte for byte. `undefined` when there was none.
 * Throws `ProtocolError` when the file cannot be read.
 */
export const removeUvCredential = (input: string | Uint8Array, service: string): string | undefined => {
  const { bom, text } = readSourceText(input);
  const blocks = blocksOf(text, uvService(service));
  return blocks.length === 0 ? undefined : bom + cutBlocks(text, blocks);
};

/** Of entries for one service and user name uv knows only the last. */
const withoutOverridden = (entries: readonly UvCredentialEntry[]): UvCredentialEntry[] => {
  const nameOf = ({ credential }: UvCredentialEntry) =>
    credential.kind === 'basic' ? `basic ${credential.username}` : 'bearer';
  return [
    ...new Map(
      entries.map((entry) => [`${parseHttpUrl(entry.service)?.href} ${nameOf(entry)}`, entry]),
    ).values(),
  ];
};

/**
 * The entry that uv would use for a URL: an exact service and user name first, else the longest service path that covers
 * the URL (with that user name, when one is given). `ambiguous` when two entries are equally good: uv then sends nothing.
 */
export const findUvCredential = (
  entries: readonly UvCredentialEntry[],
  url: string,
  username?: string,
): UvCredentialEntry | 'ambiguous' | undefined => {
  const named = withoutOverridden(entries).filter(
    ({ credential }) =>
      username === undefined || (credential.kind === 'basic' && credential.username === username),
  );
  const exact = named.find(({ service }) => service === url);
  if (username !== undefined && exact !== undefined) return exact;
  const covering = named.filter(({ service }) => serviceMatchesUrl(service, url));
  const best = bestServiceFor(
    covering.map(({ service }) => service),
    url,
  );
  const [candidate, ...rivals] = covering.filter(
    ({ service }) => best !== undefined && sameService(service, best),
  );
  return rivals.length > 0 ? 'ambiguous' : candidate;
};

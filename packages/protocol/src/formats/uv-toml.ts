import { ProtocolError } from '../errors.ts';
import { parseHttpUrl } from '../matching/index.ts';
import { applyEdits, type Edit, errorAt, lineEndingOf, readSourceText } from './text/index.ts';
import { formatTomlString, parseToml, type TomlPair, type TomlSection, tomlSections } from './toml/index.ts';

/** The parts of a user's uv.toml that make an index known and its credentials found. */

export type UvIndex = {
  /** Letters, digits, `.`, `_`, `-`; names the index's environment variables. */
  name: string;
  /** Without credentials. */
  url: string;
  /** The index that replaces PyPI. */
  default?: boolean;
  authenticate?: 'auto' | 'always' | 'never';
};

export type UvKeyringProvider = 'disabled' | 'subprocess';

const requireIndex = ({ name, url }: UvIndex): void => {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name))
    throw new ProtocolError('unsafe-value', 'uv does not take this name of an index');
  const parsed = parseHttpUrl(url);
  if (parsed === undefined)
    throw new ProtocolError('invalid-url', "the index's address is not an http(s) URL");
  if (parsed.username !== '' || parsed.password !== '') {
    throw new ProtocolError('unsafe-value', "the index's address contains credentials", {
      hint: 'log in instead',
    });
  }
};

const isNamed = (pair: TomlPair, name: string): boolean => pair.path.length === 1 && pair.path[0] === name;

type IndexBlock = { section: TomlSection; values: Record<string, unknown> };

const indexBlocks = (text: string): IndexBlock[] => {
  const tables = parseToml(text).index ?? [];
  const sections = tomlSections(text);
  const blocks = sections.filter(
    ({ header }) => header?.isArray && header.path.length === 1 && header.path[0] === 'index',
  );
  if (Array.isArray(tables) && tables.length === blocks.length) {
    return blocks.map((section, at) => ({ section, values: (tables[at] ?? {}) as Record<string, unknown> }));
  }
  const inline = sections[0]?.pairs.find((pair) => pair.path[0] === 'index');
  throw errorAt(text, inline?.start ?? 0, 'the indexes are written as an inline array', {
    code: 'unsupported',
    hint: 'write each one as an [[index]] table',
  });
};

const policies = ['auto', 'always', 'never'] as const;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The indexes and the keyring provider that a uv.toml sets. Throws `ProtocolError` with line and column. */
export const parseUvToml = (
  input: string | Uint8Array,
): { indexes: UvIndex[]; keyringProvider: string | undefined } => {
  const document = parseToml(readSourceText(input).text);
  const tables = Array.isArray(document.index) ? (document.index as Record<string, unknown>[]) : [];
  const indexes = tables.map((table): UvIndex => {
    const authenticate = policies.find((policy) => policy === table.authenticate);
    return {
      name: textOf(table.name) ?? '',
      url: textOf(table.url) ?? '',
      ...(table.default === true ? { default: true } : {}),
      ...(authenticate === undefined ? {} : { authenticate }),
    };
  });
  return { indexes, keyringProvider: textOf(document['keyring-provider']) };
};

/** The lines that an index's table shall have; `undefined` where it shall have none. */
const wantedLines = (index: UvIndex): [key: string, value: string | undefined][] => [
  ['name', formatTomlString(index.name)],
  ['url', formatTomlString(index.url)],
  ['default', index.default ? 'true' : undefined],
  ['authenticate', index.authenticate === undefined ? undefined : formatTomlString(index.authenticate)],
];

const editSection = (text: string, { pairs, end }: TomlSection, index: UvIndex): Edit[] => {
  const newLine = lineEndingOf(text);
  const edits: Edit[] = [];
  let added = '';
  for (const [key, value] of wantedLines(index)) {
    const pair = pairs.find((one) => isNamed(one, key));
    if (pair === undefined) added += value === undefined ? '' : `${key} = ${value}${newLine}`;
    else if (value === undefined) edits.push({ start: pair.start, end: pair.end, text: '' });
    else edits.push({ start: pair.valueStart, end: pair.valueEnd, text: value });
  }
  if (added === '') return edits;
  return [...edits, { start: end, end, text: text.slice(0, end).endsWith('\n') ? added : newLine + added }];
};

/**
 * The file with this index: the table of the same name gets these values in their places (and loses a `default` or
 * `authenticate` that is not wanted), a new one goes to the end. Everything else stays byte for byte. Throws
 * `ProtocolError`: `syntax`, `unsupported` for an inline array, `conflict` when another index is the default, and
 * `invalid-url` or `unsafe-value` for the index itself.
 */
export const setUvIndex = (input: string | Uint8Array, index: UvIndex): string => {
  requireIndex(index);
  const { bom, text } = readSourceText(input);
  const blocks = indexBlocks(text);
  const rival =
    index.default && blocks.find(({ values }) => values.default === true && values.name !== index.name);
  if (rival) {
    throw errorAt(text, rival.section.start, 'another index is the default already, and uv takes the first', {
      code: 'conflict',
      hint: 'remove "default = true" from that index',
    });
  }
  const block = blocks.find(({ values }) => values.name === index.name);
  if (block !== undefined) return bom + applyEdits(text, editSection(text, block.section, index));
  const newLine = lineEndingOf(text);
  const lines = wantedLines(index).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${value}${newLine}`],
  );
  const gap = text === '' || /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? newLine : newLine + newLine;
  return `${bom}${text}${gap}[[index]]${newLine}${lines.join('')}`;
};

/**
 * The file with the top-level `keyring-provider` (`subprocess`: uv asks the `keyring` program). Everything else stays byte
 * for byte. Throws `ProtocolError` when the file cannot be read.
 */
export const setUvKeyringProvider = (input: string | Uint8Array, provider: UvKeyringProvider): string => {
  const { bom, text } = readSourceText(input);
  parseToml(text);
  const [top] = tomlSections(text);
  const value = formatTomlString(provider);
  const pair = top?.pairs.find((one) => isNamed(one, 'keyring-provider'));
  if (pair !== undefined)
    return bom + applyEdits(text, [{ start: pair.valueStart, end: pair.valueEnd, text: value }]);
  const newLine = lineEndingOf(text);
  const line = `keyring-provider = ${value}${newLine}`;
  const last = top?.pairs.at(-1);
  if (last === undefined) return bom + line + (text === '' ? '' : newLine) + text;
  const before = text.slice(0, last.end);
  return bom + before + (before.endsWith('\n') ? '' : newLine) + line + text.slice(last.end);
};

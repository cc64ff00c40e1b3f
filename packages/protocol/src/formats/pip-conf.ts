import { requireSafeText } from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import { applyEdits, type Edit, lineEndingOf, readUnmarkedText } from './text/index.ts';

/**
 * pip's configuration file, read as python's `configparser` does for pip: `[section]`, `key = value` or `key: value`,
 * indented continuation lines, whole-line comments with `#` or `;`.
 */

export type PipOption = {
  /** Case matters. */
  section: string;
  /** In pip's normal form: lower case, `-` for `_`, without leading hyphens. */
  key: string;
  /** Continuation lines joined by line feeds. */
  value: string;
  /** First is 1. */
  line: number;
};

type Line = { text: string; start: number; end: number; number: number };
type Option = PipOption & { valueStart: number; lines: Line[] };
type Section = { header: Line; options: Option[]; spellings: Set<string> };

const linesOf = (text: string): Line[] => {
  const lines: Line[] = [];
  let start = 0;
  for (const match of text.matchAll(/\r\n|\n|\r|$/g)) {
    if (match.index === text.length && start === text.length) break;
    const end = match.index + match[0].length;
    lines.push({ text: text.slice(start, match.index), start, end, number: lines.length + 1 });
    start = end;
  }
  return lines;
};

const normalizeKey = (key: string): string => key.toLowerCase().replaceAll('_', '-').replace(/^--/, '');

const refusal = ({ number }: Line, reason: string): ProtocolError =>
  new ProtocolError('syntax', reason, {
    line: number,
    hint: 'pip refuses the whole file for this line: repair it',
  });

type Reader = {
  sections: Map<string, Section>;
  name: string;
  option: Option | undefined;
  indent: number;
  /** Empty lines behind the option's last line: they are part of a value that goes on. */
  gap: string;
};

const readHeader = (reader: Reader, line: Line, name: string): void => {
  if (reader.sections.has(name)) throw refusal(line, 'the section stands twice in the file');
  reader.sections.set(name, { header: line, options: [], spellings: new Set() });
  reader.name = name;
  reader.option = undefined;
};

const readOption = (reader: Reader, line: Line): void => {
  const section = reader.sections.get(reader.name);
  if (section === undefined) throw refusal(line, 'the line stands before the first [section]');
  const delimiter = line.text.search(/[=:]/);
  const spelling = line.text.slice(0, Math.max(delimiter, 0)).trim().toLowerCase();
  if (spelling === '') throw refusal(line, 'the line is neither an option nor a [section]');
  if (section.spellings.has(spelling)) throw refusal(line, 'the option stands twice in its section');
  section.spellings.add(spelling);
  const rest = line.text.slice(delimiter + 1);
  reader.option = {
    section: reader.name,
    key: normalizeKey(spelling),
    value: rest.trim(),
    line: line.number,
    valueStart: line.start + delimiter + 1 + (rest.length - rest.trimStart().length),
    lines: [line],
  };
  section.options.push(reader.option);
};

const readLine = (reader: Reader, line: Line): void => {
  const content = line.text.trim();
  if (content === '') reader.gap += '\n';
  if (content === '' || /^[#;]/.test(content)) return;
  const gap = reader.gap;
  reader.gap = '';
  const indent = line.text.length - line.text.trimStart().length;
  if (reader.option !== undefined && indent > reader.indent) {
    reader.option.value += `${gap}\n${content}`;
    reader.option.lines.push(line);
    return;
  }
  reader.indent = indent;
  const name = /^\[(.+)\]/.exec(content)?.[1];
  if (name === undefined) readOption(reader, line);
  else readHeader(reader, line, name);
};

const readSections = (text: string): Map<string, Section> => {
  const reader: Reader = { sections: new Map(), name: '', option: undefined, indent: 0, gap: '' };
  for (const line of linesOf(text)) readLine(reader, line);
  return reader.sections;
};

/**
 * The options of a pip configuration file in their order. Throws `ProtocolError` with the line where pip would refuse the
 * file: `syntax`, or `encoding` for a byte order mark, UTF-16 and what is not text.
 */
export const parsePipConfig = (input: string | Uint8Array): PipOption[] =>
  [...readSections(readUnmarkedText(input)).values()].flatMap(({ options }) =>
    options.map(({ section, key, value, line }) => ({ section, key, value, line })),
  );

const requireValue = (value: string): string => {
  if (value !== '' && value.trim() === value) return requireSafeText(value, 'value');
  throw new ProtocolError(
    'unsafe-value',
    'pip cannot read this value back: it is empty or has spaces around it',
  );
};

/** The indentation of the next line that counts: what follows an option with more is taken for its continuation. */
const indentAt = (text: string, at: number): string => {
  const next = linesOf(text.slice(at)).find((line) => /^\s*[^\s#;]/.test(line.text))?.text ?? '';
  return next.slice(0, next.length - next.trimStart().length);
};

const wholeLines = (lines: readonly Line[]): Edit[] =>
  lines.map(({ start, end }) => ({ start, end, text: '' }));

/**
 * The file with this option; keys are compared as pip does (`index_url` is `index-url`). An existing one gets the value in
 * its place and loses its continuation lines, further spellings of it go, a new one follows its section's last option.
 * Comments, order and every other byte stay. Throws `ProtocolError` when pip would refuse the file (`''` is an empty file),
 * or `unsafe-value`.
 */
export const setPipOption = (
  input: string | Uint8Array,
  section: string,
  key: string,
  value: string,
): string => {
  const text = readUnmarkedText(input);
  const newLine = lineEndingOf(text);
  const found = readSections(text).get(section);
  const [first, ...others] = found?.options.filter((option) => option.key === normalizeKey(key)) ?? [];
  if (first !== undefined) {
    const [line, ...continuations] = first.lines;
    const end = (line?.start ?? 0) + (line?.text.length ?? 0);
    const space = first.valueStart === end && !/\s$/.test(line?.text ?? '') ? ' ' : '';
    return applyEdits(text, [
      { start: first.valueStart, end, text: space + requireValue(value) },
      ...wholeLines(continuations),
      ...others.flatMap(({ lines }) => wholeLines(lines)),
    ]);
  }
  const at = (found?.options.at(-1)?.lines.at(-1) ?? found?.header)?.end ?? text.length;
  const added = `${indentAt(text, at)}${normalizeKey(key)} = ${requireValue(value)}${newLine}`;
  const glue = /[^\r\n]$/.test(text.slice(0, at)) ? newLine : '';
  if (found !== undefined) return applyEdits(text, [{ start: at, end: at, text: glue + added }]);
  const gap = text === '' || /\n\r?\n$/.test(text) ? '' : glue + newLine;
  return `${text}${gap}[${section}]${newLine}${added}`;
};

/** The file without this option, its continuation lines included; `undefined` when there was none. */
export const removePipOption = (
  input: string | Uint8Array,
  section: string,
  key: string,
): string | undefined => {
  const text = readUnmarkedText(input);
  const all = readSections(text).get(section)?.options ?? [];
  const options = all.filter((option) => option.key === normalizeKey(key));
  return options.length === 0
    ? undefined
    : applyEdits(
        text,
        options.flatMap(({ lines }) => wholeLines(lines)),
      );
};

import { ClientError } from '../errors.ts';
import { suggest } from './suggest.ts';

/** One option of a command: a flag that may stand alone, or a name that takes a value. */
export type OptionRow =
  | { readonly kind: 'flag'; readonly short?: string; readonly doc: string }
  | {
      readonly kind: 'value';
      readonly placeholder: string;
      readonly choices?: readonly string[];
      readonly doc: string;
    };

export type OptionTable = Readonly<Record<string, OptionRow>>;

/** Positional arguments in their order; required ones stand before optional ones. */
export type ArgumentTable = Readonly<Record<string, { readonly required: boolean; readonly doc: string }>>;

type OptionValue<Row extends OptionRow> = Row extends { kind: 'flag' }
  ? number
  : Row extends { choices: readonly (infer Choice)[] }
    ? Choice | undefined
    : string | undefined;

/** Flags count how often they were given, so that `-vv` is 2; values are the last one given. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: OptionValue<Table[Name]>;
};
export type ArgumentValues<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { required: true } ? string : string | undefined;
};

type Token =
  | { kind: 'option'; name: string; row: OptionRow; value?: string; count: number }
  | { kind: 'positional'; text: string };

const usage = (message: string): ClientError => new ClientError('usage', message);

const requireChoice = (name: string, row: OptionRow, value: string): string => {
  if (row.kind === 'value' && row.choices !== undefined && !row.choices.includes(value)) {
    throw usage(`--${name} takes one of ${row.choices.join(', ')}`);
  }
  return value;
};

const unknownOption = (name: string, table: OptionTable): ClientError => {
  const meant = suggest(name, Object.keys(table));
  const hint = meant === undefined ? undefined : `did you mean: --${meant}`;
  return new ClientError('usage', `there is no option --${name}`, { hint });
};

// What follows "=" may be a secret, so only the part before it is ever repeated in a message.
const longOption = (
  text: string,
  next: string | undefined,
  table: OptionTable,
): { token: Token; used: number } => {
  const [name = '', ...rest] = text.slice(2).split('=');
  const row = Object.hasOwn(table, name) ? table[name] : undefined;
  if (row === undefined) throw unknownOption(name, table);
  if (row.kind === 'flag') {
    if (rest.length > 0) throw usage(`--${name} takes no value`);
    return { token: { kind: 'option', name, row, count: 1 }, used: 1 };
  }
  const attached = rest.length > 0 ? rest.join('=') : undefined;
  const value = attached ?? next;
  if (value === undefined) throw usage(`--${name} needs a value: --${name} ${row.placeholder}`);
  requireChoice(name, row, value);
  return { token: { kind: 'option', name, row, value, count: 1 }, used: attached === undefined ? 2 : 1 };
};

const shortOptions = (text: string, table: OptionTable): Token[] =>
  [...text.slice(1)].map((letter) => {
    const found = Object.entries(table).find(([, row]) => row.kind === 'flag' && row.short === letter);
    if (found === undefined) throw usage(`there is no option -${letter}`);
    return { kind: 'option', name: found[0], row: found[1], count: 1 };
  });

/**
 * Splits a command line by a table of options: `--name value`, `--name=value`, `-v`, `-vv`; everything after `--` and a
 * lone `-` is positional. Stops before the first positional that `stopAt` accepts and answers its place.
 */
const tokenize = (
  argv: readonly string[],
  table: OptionTable,
  stopAtPositional: boolean,
): { tokens: Token[]; end: number } => {
  const tokens: Token[] = [];
  let place = 0;
  while (place < argv.length) {
    const text = argv[place] ?? '';
    if (text === '--') {
      if (stopAtPositional) return { tokens, end: place + 1 };
      tokens.push(...argv.slice(place + 1).map((rest): Token => ({ kind: 'positional', text: rest })));
      return { tokens, end: argv.length };
    }
    if (text.startsWith('--')) {
      const { token, used } = longOption(text, argv[place + 1], table);
      tokens.push(token);
      place += used;
    } else if (text.startsWith('-') && text !== '-') {
      tokens.push(...shortOptions(text, table));
      place += 1;
    } else {
      if (stopAtPositional) return { tokens, end: place };
      tokens.push({ kind: 'positional', text });
      place += 1;
    }
  }
  return { tokens, end: argv.length };
};

const optionValues = <Table extends OptionTable>(
  tokens: readonly Token[],
  table: Table,
): OptionValues<Table> => {
  const values: Record<string, number | string | undefined> = {};
  for (const [name, row] of Object.entries(table)) values[name] = row.kind === 'flag' ? 0 : undefined;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    values[token.name] = token.row.kind === 'flag' ? Number(values[token.name]) + token.count : token.value;
  }
  return values as OptionValues<Table>;
};

const argumentValues = <Table extends ArgumentTable>(
  tokens: readonly Token[],
  table: Table,
): ArgumentValues<Table> => {
  const texts = tokens.flatMap((token) => (token.kind === 'positional' ? [token.text] : []));
  const values: Record<string, string | undefined> = {};
  for (const [name, row] of Object.entries(table)) {
    const text = texts.shift();
    if (row.required && (text === undefined || text === '')) throw usage(`${name.toUpperCase()} is missing`);
    values[name] = text;
  }
  if (texts.length > 0) throw usage(`too many arguments: ${texts.length} more than expected`);
  return values as ArgumentValues<Table>;
};

/**
 * The options that stand before the first positional, and what follows them untouched: how a command that hands its
 * arguments on is reached. Throws `ClientError` (`usage`) for options that are not in the table.
 */
export const parseLeadingOptions = <Table extends OptionTable>(
  argv: readonly string[],
  table: Table,
): { options: OptionValues<Table>; rest: string[] } => {
  const { tokens, end } = tokenize(argv, table, true);
  return { options: optionValues(tokens, table), rest: argv.slice(end) };
};

/**
 * Options and positional arguments in any order. Throws `ClientError` (`usage`) for unknown options, missing values,
 * missing or surplus arguments; a message never repeats a value, which could be a secret.
 */
export const parseArguments = <Options extends OptionTable, Arguments extends ArgumentTable>(
  argv: readonly string[],
  options: Options,
  argumentTable: Arguments,
): { options: OptionValues<Options>; arguments: ArgumentValues<Arguments> } => {
  const { tokens } = tokenize(argv, options, false);
  return { options: optionValues(tokens, options), arguments: argumentValues(tokens, argumentTable) };
};

import type { ArgumentTable, OptionRow, OptionTable } from './arguments.ts';
import type { Command, CommandHelp } from './command.ts';
import { globalOptions } from './global-options.ts';

export type CommandLine = { readonly name: string; readonly summary: string };
export type CommandGroup = { readonly title: string; readonly commands: readonly CommandLine[] };

const columns = (rows: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
};

const optionLabel = ([name, row]: [string, OptionRow]): string => {
  if (row.kind === 'value') return `    --${name} ${row.placeholder}`;
  return row.short === undefined ? `    --${name}` : `-${row.short}, --${name}`;
};

const optionLines = (table: OptionTable): string[] =>
  columns(Object.entries(table).map((entry) => [optionLabel(entry), entry[1].doc] as const));

const argumentLabel = (table: ArgumentTable): string[] =>
  Object.entries(table).map(([name, row]) => (row.required ? name.toUpperCase() : `[${name.toUpperCase()}]`));

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines];

const exampleLines = (examples: CommandHelp['examples']): string[] =>
  examples.flatMap(([commandLine, meaning]) => [`  # ${meaning}`, `  ${commandLine}`]);

/** The overview that `pkgauth` and `pkgauth --help` print. */
export const renderOverview = (groups: readonly CommandGroup[]): string =>
  [
    'pkgauth: one login for every package registry',
    '',
    'Usage: pkgauth COMMAND [options]',
    ...section('Begin with', [
      '  pkgauth login pkg.example.com                     # log in, once',
      '  pkgauth setup keyring --dir ~/.local/bin          # let pip, uv and pixi ask pkgauth',
      '  pkgauth setup uv --index https://pkg.example.com/simple/acme/main/',
    ]),
    ...groups.flatMap(({ title, commands }) =>
      section(title, columns(commands.map(({ name, summary }) => [name, summary] as const))),
    ),
    ...section('Options of every command', optionLines(globalOptions)),
    ...section('Exit codes', exitCodeLines),
    '',
    'pkgauth COMMAND --help explains a command.',
    '',
  ].join('\n');

const exitCodeLines = [
  '  0 done, 1 failed, 2 usage, 3 nothing found, 4 login needed, 5 credential refused,',
  '  6 store unavailable or locked, 7 network or TLS, 8 not allowed, 130 interrupted',
];

/** The commands below a first word that is not a command by itself, such as `api-key`. */
export const renderGroup = (word: string, commands: readonly CommandLine[]): string =>
  [
    `Usage: pkgauth ${word} COMMAND [options]`,
    ...section('Commands', columns(commands.map(({ name, summary }) => [name, summary] as const))),
    '',
    `pkgauth ${word} COMMAND --help explains one.`,
    '',
  ].join('\n');

/** What `pkgauth NAME --help` prints: examples before the options, because they are read first. */
export const renderCommand = ({ name, summary }: CommandLine, command: Command): string =>
  [
    ...renderHead([name, ...argumentLabel(command.arguments), '[options]'].join(' '), summary, command),
    ...section('Arguments', argumentLines(command.arguments)),
    ...section('Options', optionLines(command.options)),
    ...section('Options of every command', optionLines(globalOptions)),
    '',
  ].join('\n');

const argumentLines = (table: ArgumentTable): string[] => {
  const rows = Object.entries(table).map(([name, row]) => [name.toUpperCase(), row.doc] as const);
  return rows.length === 0 ? [] : columns(rows);
};

/** As `renderCommand`, for a stand-in that reads its arguments itself. */
export const renderRawCommand = ({ name, summary }: CommandLine, command: CommandHelp): string =>
  [...renderHead(`${name} …`, summary, command), ''].join('\n');

const renderHead = (usage: string, summary: string, { description, examples }: CommandHelp): string[] => [
  summary,
  '',
  `Usage: pkgauth ${usage}`,
  '',
  ...description,
  ...section('Examples', exampleLines(examples)),
];

import { ClientError, exitCodes } from '../errors.ts';
import { version } from '../version.ts';
import { type OptionTable, parseArguments, parseLeadingOptions } from './arguments.ts';
import type { Cli, Launch } from './cli.ts';
import type { Command, RawCommand } from './command.ts';
import { type CommandRow, commands } from './commands/index.ts';
import { type GlobalOptions, globalOptions, mergeGlobalOptions, noOptions } from './global-options.ts';
import { createOutput } from './output.ts';
import { type StandInCall, standInCall } from './stand-in-call.ts';

const createCli = (
  launch: Launch,
  options: GlobalOptions,
  settings: Readonly<Record<string, string>> = {},
): Cli => {
  const context = launch.createContext(options, settings);
  const output = createOutput(context.terminal, {
    json: options.json > 0,
    verbose: options.verbose > 0,
    quiet: options.quiet > 0,
  });
  return {
    context,
    output,
    options,
    program: launch.program,
    signal: launch.signal,
    withSettings: (more) => createCli(launch, options, { ...settings, ...more }),
    chain: async () => (await import('../stores/index.ts')).openChain(context),
  };
};

/** The row whose words begin the command line, and what follows them. */
const findCommand = (words: readonly string[]): { row: CommandRow; rest: readonly string[] } | undefined => {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const row = commands.find((candidate) => candidate.name === name);
    if (row !== undefined && words.length >= length) return { row, rest: words.slice(length) };
  }
  return undefined;
};

/** Also beside arguments that are wrong: whoever asks for help needs it. */
const asksForHelp = (words: readonly string[]): boolean =>
  words.slice(0, [...words, '--'].indexOf('--')).some((word) => word === '--help' || word === '-h');

const isRaw = (command: Command | RawCommand): command is RawCommand => 'runRaw' in command;

const runRow = async (
  launch: Launch,
  row: CommandRow,
  rest: readonly string[],
  before: GlobalOptions,
): Promise<number> => {
  const command = await row.load();
  if (isRaw(command)) {
    if (before.help > 0 || (rest.length === 1 && rest[0] === '--help'))
      return printHelp(launch, row, command);
    return command.runRaw(createCli(launch, before), rest);
  }
  const table: OptionTable = { ...command.options, ...globalOptions };
  if (before.help > 0 || asksForHelp(rest)) return printHelp(launch, row, command);
  return hinting(`pkgauth ${row.name} --help`, async () => {
    const input = parseArguments(rest, table, command.arguments);
    const given = input.options as GlobalOptions & typeof input.options;
    return command.run(createCli(launch, mergeGlobalOptions(before, given)), input);
  });
};

/** A stand-in: every argument belongs to what it stands in for, `--help` too. */
const runStandIn = async (launch: Launch, { name, argv }: StandInCall): Promise<number> => {
  const command = await commands.find((row) => row.name === `helper ${name}`)?.load();
  if (command === undefined || !isRaw(command)) throw new TypeError(`helper ${name} is no stand-in`);
  return command.runRaw(createCli(launch, noOptions), argv);
};

/** Runs `work`; a usage error without a hint of its own gets this one. */
const hinting = async <T>(hint: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'usage' || error.hint !== undefined) throw error;
    throw new ClientError('usage', error.message, { hint, cause: error });
  }
};

const print = (launch: Launch, options: GlobalOptions, text: string): number => {
  launch.createContext(options).terminal.out(text);
  return 0;
};

const printHelp = async (launch: Launch, row: CommandRow, command: Command | RawCommand): Promise<number> => {
  const help = await import('./help.ts');
  const text = isRaw(command) ? help.renderRawCommand(row, command) : help.renderCommand(row, command);
  return print(launch, noOptions, text);
};

const overview = async (): Promise<string> => {
  const { renderOverview } = await import('./help.ts');
  const titles = [...new Set(commands.map(({ group }) => group))];
  return renderOverview(
    titles.map((title) => ({ title, commands: commands.filter(({ group }) => group === title) })),
  );
};

const unknownCommand = async (word: string, second: string | undefined): Promise<ClientError> => {
  const { suggest } = await import('./suggest.ts');
  const typed = second === undefined ? word : `${word} ${second}`;
  const meant =
    suggest(
      typed,
      commands.map(({ name }) => name),
    ) ??
    suggest(
      word,
      commands.map(({ name }) => name),
    );
  return new ClientError('usage', `there is no command ${typed.slice(0, 60)}`, {
    hint: meant === undefined ? 'pkgauth --help lists the commands' : `did you mean: pkgauth ${meant}`,
  });
};

/** A first word that begins commands without being one, alone: what there is below it. */
const runGroup = async (launch: Launch, word: string, second: string | undefined): Promise<number> => {
  const members = commands.filter(({ name }) => name.startsWith(`${word} `));
  const wantsHelp = second === '--help' || second === '-h';
  if (members.length === 0 || (second !== undefined && !wantsHelp)) throw await unknownCommand(word, second);
  const { renderGroup } = await import('./help.ts');
  const text = renderGroup(word, members);
  if (wantsHelp) return print(launch, noOptions, text);
  launch.createContext(noOptions).terminal.err(text);
  return exitCodes.usage;
};

/**
 * Runs one command line and answers its exit code; throws what the command throws. `createContext` is called after the
 * options that stand before the command's name are known to be right.
 */
export const runCli = async (launch: Launch): Promise<number> => {
  const { argv } = launch.program;
  const call = standInCall(launch.program.invokedAs, argv);
  if (call !== undefined) return runStandIn(launch, call);
  const { options, rest } = await hinting('pkgauth --help', async () =>
    parseLeadingOptions(argv, globalOptions),
  );
  if (options.version > 0) return print(launch, options, `pkgauth ${version}\n`);
  const found = findCommand(rest);
  if (found !== undefined) return runRow(launch, found.row, found.rest, options);
  const [word, second] = rest;
  if (word !== undefined) return runGroup(launch, word, second);
  if (options.help > 0) return print(launch, options, await overview());
  launch.createContext(options).terminal.err(await overview());
  return exitCodes.usage;
};

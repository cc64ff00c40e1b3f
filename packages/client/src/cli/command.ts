import type { ArgumentTable, ArgumentValues, OptionTable, OptionValues } from './arguments.ts';
import type { Cli } from './cli.ts';

/** What a command says about itself: all that its help shows, and nothing that costs start-up time. */
export type CommandHelp = {
  /** Lines that teach what it does and when to use it. */
  readonly description: readonly string[];
  /** Command lines as they are typed, each with what it achieves. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
};

export type Command = CommandHelp & {
  readonly options: OptionTable;
  readonly arguments: ArgumentTable;
  run(cli: Cli, input: CommandInput<OptionTable, ArgumentTable>): Promise<number>;
};

/** A command that is handed its arguments as they are: a stand-in for another program. */
export type RawCommand = CommandHelp & {
  runRaw(cli: Pick<Cli, 'context' | 'program'>, argv: readonly string[]): Promise<number>;
};

export type CommandInput<Options extends OptionTable, Arguments extends ArgumentTable> = {
  readonly options: OptionValues<Options>;
  readonly arguments: ArgumentValues<Arguments>;
};

/** A command whose `run` sees the options and arguments that its own tables declare. Answers the exit code. */
export const defineCommand = <const Options extends OptionTable, const Arguments extends ArgumentTable>(
  command: CommandHelp & {
    readonly options: Options;
    readonly arguments: Arguments;
    run(cli: Cli, input: CommandInput<Options, Arguments>): Promise<number>;
  },
  // The parser fills `input` from the same tables, so the narrower parameter of `run` is always met.
): Command => command as unknown as Command;

import type { Context } from '../context.ts';
import type { Chain } from '../stores/chain.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Output } from './output.ts';

/** How this program was started; for what has to start it again and for what is said once per caller. */
export type Program = {
  readonly argv: readonly string[];
  /** File name that the program was invoked by, without directory and extension: `pkgauth`, or `keyring` for a stand-in. */
  readonly invokedAs: string;
  /** Absolute path of the runtime. */
  readonly runtime: string;
  /** Options of the runtime without which the script would not find its parts. */
  readonly runtimeOptions: readonly string[];
  /** Absolute path of the script that the runtime runs. */
  readonly script: string;
  readonly parentId: number;
};

/** Makes the outside world for the options that were given, with more settings by the names of their variables. */
export type ContextFactory = (options: GlobalOptions, settings?: Readonly<Record<string, string>>) => Context;

/** What a process hands to a command line. */
export type Launch = {
  readonly program: Program;
  readonly signal: AbortSignal;
  readonly createContext: ContextFactory;
};

/** What every command works with. */
export type Cli = {
  readonly context: Context;
  readonly output: Output;
  readonly options: GlobalOptions;
  readonly program: Program;
  /** Aborts on Ctrl-C, with a `ClientError` (`interrupted`). */
  readonly signal: AbortSignal;
  /** The same with settings laid over the environment, by the names of their variables. */
  withSettings(settings: Readonly<Record<string, string>>): Cli;
  /** The stores of this run, opened on first use. */
  chain(): Promise<Chain>;
};

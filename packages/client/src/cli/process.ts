import { realpathSync } from 'node:fs';
import { createContext } from '../context/node-context.ts';
import type { Terminal } from '../context.ts';
import { ClientError, exitCodes } from '../errors.ts';
import type { ContextFactory, Launch, Program } from './cli.ts';
import { wantsColor } from './color.ts';
import { reportFailure } from './failures.ts';
import { type GlobalOptions, noOptions } from './global-options.ts';
import { programName } from './stand-in-call.ts';

/** How long a command may tidy up after Ctrl-C. */
const tidyUp = 1_000;

const program: Program = {
  argv: process.argv.slice(2),
  invokedAs: programName(process.argv[1] ?? ''),
  runtime: process.execPath,
  runtimeOptions: process.execArgv.filter((option) => option.startsWith('--conditions=')),
  get script() {
    return realpathSync(process.argv[1] ?? '');
  },
  parentId: process.ppid,
};

const settingsOf = (options: GlobalOptions): Record<string, string> =>
  options.store === undefined ? {} : { PKGAUTH_STORE: options.store };

let terminal: Terminal | undefined;
const contextFor: ContextFactory = (options, settings = {}) => {
  const context = createContext({
    settings: { ...settingsOf(options), ...settings },
    input: options['no-input'] === 0,
    color: () => wantsColor(options.color, process.env, process.stderr.isTTY === true),
  });
  terminal = context.terminal;
  return context;
};

const interruption = (): { signal: AbortSignal; interrupted: Promise<never> } => {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    const error = new ClientError('interrupted', 'interrupted');
    // A second Ctrl-C does not wait for anything.
    process.once('SIGINT', () => process.exit(exitCodes.interrupted));
    controller.abort(error);
    setTimeout(() => reject(error), tidyUp);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  promise.catch(() => undefined);
  return { signal: controller.signal, interrupted: promise };
};

const exitCodeOf = async (run: (launch: Launch) => Promise<number>): Promise<number> => {
  const { signal, interrupted } = interruption();
  try {
    return await Promise.race([run({ program, signal, createContext: contextFor }), interrupted]);
  } catch (error) {
    const known = terminal ?? contextFor(noOptions).terminal;
    return reportFailure(known, signal.aborted ? signal.reason : error);
  }
};

/** The process around a command line: arguments in, exit code out, Ctrl-C and closed pipes in between. Never returns. */
export const runProcess = (run: (launch: Launch) => Promise<number>): void => {
  void exitCodeOf(run).then((exitCode) => {
    if (process.platform !== 'win32') process.exit(exitCode);
    // The one platform where what was written may not have left the process yet.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
  });
};

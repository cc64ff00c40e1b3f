import { type FakeContext, type FakeContextOptions, fakeContext } from '@pkgauth/testkit';
import type { Context } from '../context.ts';
import type { Program } from './cli.ts';
import { reportFailure } from './failures.ts';
import { runCli } from './run.ts';

export type CliResult = { code: number; stdout: string; stderr: string; context: FakeContext };

export type CliOptions = FakeContextOptions & {
  signal?: AbortSignal;
  invokedAs?: string;
  /** Changes the fake before it is used. */
  adapt?: (fake: FakeContext) => Partial<Context>;
  /** Lets the time limits of stand-ins pass at once. */
  impatient?: boolean;
  /** Goes on in this outside world instead of a new one. */
  world?: FakeContext;
};

/** One command line in an outside world of its own: exit code, stdout, stderr. */
export const cli = async (argv: readonly string[], options: CliOptions = {}): Promise<CliResult> => {
  const fake = options.world ?? fakeContext({ keyring: 'working', ...options });
  const [outBefore, errBefore] = [fake.stdout.length, fake.stderr.length];
  const program: Program = {
    argv,
    invokedAs: options.invokedAs ?? 'pkgauth',
    runtime: '/opt/node/bin/node',
    runtimeOptions: [],
    script: '/opt/pkgauth/cli.js',
    parentId: 4711,
  };
  const isStandIn = program.invokedAs === 'keyring' || argv[0] === 'helper';
  // In the fake, sleeping moves the clock: a limit that is not reached must not.
  const limited = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    milliseconds < 5_000 ? fake.sleep(milliseconds, signal) : new Promise(() => undefined);
  const patience = isStandIn && options.impatient !== true ? { sleep: limited } : {};
  const createContext = (_options: unknown, settings: Readonly<Record<string, string>> = {}): Context => ({
    ...fake,
    ...patience,
    ...options.adapt?.(fake),
    env: { ...fake.env, ...settings },
  });
  const signal = options.signal ?? new AbortController().signal;
  let code: number;
  try {
    code = await runCli({ program, signal, createContext });
  } catch (error) {
    code = reportFailure(fake.terminal, error);
  }
  return {
    code,
    stdout: fake.stdout.slice(outBefore).join(''),
    stderr: fake.stderr.slice(errBefore).join(''),
    context: fake,
  };
};

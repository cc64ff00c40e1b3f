import type { HelperAnswer } from '@pkgauth/protocol';
import { ClientError } from '../errors.ts';
import type { Cli } from './cli.ts';
import { failureOf, failureText } from './failures.ts';
import { isNews } from './notice-once.ts';

/** pip and uv wait without limit, Bazel ten seconds: the answer, or why there is none, comes before that (HP11). */
const patience = 8_000;

const tooSlow = (): ClientError =>
  new ClientError('timeout', `no credential could be had within ${patience / 1000} seconds`);

const withinPatience = async <T>(cli: Pick<Cli, 'context'>, work: Promise<T>): Promise<T> => {
  const finished = new AbortController();
  const late = cli.context.sleep(patience, finished.signal).then(() => {
    throw tooSlow();
  });
  // It is cut short when the work is done.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    finished.abort();
  }
};

/**
 * Answers another tool: exactly `stdout` and the exit code that its protocol wants. A failure is one message on stderr,
 * once per caller and minute, and exit code 1; nothing is ever asked.
 */
export const answerTool = async (
  cli: Pick<Cli, 'context' | 'program'>,
  work: () => Promise<HelperAnswer>,
): Promise<number> => {
  const { terminal } = cli.context;
  try {
    const { stdout, stderr, exitCode } = await withinPatience(cli, work());
    if (stderr !== '') terminal.err(stderr);
    if (stdout !== '') terminal.out(stdout);
    return exitCode;
  } catch (error) {
    // The same trouble may be worded differently the second time; what to do about it is the same.
    const { hint, message } = failureOf(error);
    if (await isNews(cli.context, cli.program.parentId, hint ?? message)) {
      terminal.err(failureText(terminal, error));
    }
    return 1;
  }
};

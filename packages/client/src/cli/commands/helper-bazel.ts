import { formatBazelAnswer, type HelperAnswer, parseBazelRequest } from '@pkgauth/protocol';
import type { Context } from '../../context.ts';
import { ClientError } from '../../errors.ts';
import { resolveCredential } from '../../session.ts';
import type { RawCommand } from '../command.ts';
import { answerTool } from '../stand-in.ts';

const longestRequest = 65_536;
/** A caller that never closes its pipe is none (HP03). */
const requestPatience = 5_000;

const readRequest = async (context: Context): Promise<string> => {
  const read = new AbortController();
  const late = context.sleep(requestPatience, read.signal).then(() => {
    throw new ClientError('timeout', 'no request came on stdin');
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([context.terminal.readStdin(longestRequest), late]);
  } finally {
    read.abort();
  }
};

const answer = async (context: Context, [verb, ...rest]: readonly string[]): Promise<HelperAnswer> => {
  if (verb !== 'get' || rest.length > 0) {
    throw new ClientError('usage', 'a credential helper knows one command, get', {
      hint: 'pkgauth helper bazel get, with {"uri": "https://…"} on stdin',
    });
  }
  const { url } = parseBazelRequest(await readRequest(context));
  const resolved = await resolveCredential(context, url);
  return { stdout: formatBazelAnswer(resolved?.credential, resolved?.expiresAt), stderr: '', exitCode: 0 };
};

export const helperBazel: RawCommand = {
  description: [
    'A credential helper for Bazel and other tools that speak its protocol: reads one JSON request on stdin and answers the',
    'Authorization header, with its end. Without a login it answers no headers. It never asks and never opens a browser.',
  ],
  examples: [
    [
      'bazel build --credential_helper=*.example.com=/path/to/script //…',
      'where the script runs: exec pkgauth helper bazel "$@"',
    ],
    [`echo '{"uri":"https://pkg.example.com/x"}' | pkgauth helper bazel get`, 'try it'],
  ],
  runRaw: (cli, argv) => answerTool(cli, () => answer(cli.context, argv)),
};

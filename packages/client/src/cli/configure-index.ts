import { ProtocolError, parseHttpUrl, redactUrl } from '@pkgauth/protocol';
import { toolFiles } from '../context/tool-files.ts';
import type { Ecosystem, Index } from '../ecosystems/index.ts';
import { ClientError } from '../errors.ts';
import type { Cli } from './cli.ts';
import { findKeyring } from './find-keyring.ts';
import { loginCommand } from './service-argument.ts';
import { unifiedDiff } from './unified-diff.ts';

/** Options of every `setup` that edits another tool's configuration. */
export const configureOptions = {
  index: {
    kind: 'value',
    placeholder: 'URL',
    doc: 'the index, such as https://pkg.example.com/simple/acme/main/',
  },
  yes: { kind: 'flag', short: 'y', doc: 'write without asking' },
  'dry-run': { kind: 'flag', short: 'n', doc: 'show the difference and write nothing' },
} as const;

export type ConfigureOptions = {
  readonly index: string | undefined;
  readonly yes: number;
  readonly 'dry-run': number;
};

const requireIndex = (text: string | undefined): string => {
  if (text === undefined) throw new ClientError('usage', '--index is missing');
  const url = parseHttpUrl(text);
  if (url === undefined) throw new ClientError('usage', '--index is not an http(s) URL');
  if (url.username !== '' || url.password !== '') {
    throw new ClientError('usage', `--index must not hold a user name or password: ${redactUrl(text)}`, {
      hint: loginCommand(url.href),
    });
  }
  return text;
};

/** The index with the user name of its login, or `__token__`, which logins and API keys have. */
const describeIndex = async (cli: Cli, url: string): Promise<Index> => {
  const entry = await (await cli.chain()).find({ kind: 'url', url });
  if (entry === undefined)
    cli.output.note(`There is no login for ${url} yet. Log in with: ${loginCommand(url)}`);
  return { url, username: entry?.credential.kind === 'basic' ? entry.credential.username : '__token__' };
};

const agreed = async (cli: Cli, path: string, options: ConfigureOptions): Promise<boolean> => {
  if (options['dry-run'] > 0) return false;
  if (options.yes > 0) return true;
  const { terminal } = cli.context;
  if (!terminal.interactive)
    throw new ClientError('usage', 'nobody can be asked whether to write this', { hint: 'add --yes' });
  return /^y(?:es)?$/i.test((await terminal.prompt(`Write ${path}? [y/N] `)).trim());
};

const adviseKeyring = (cli: Cli): void => {
  const { env, platform } = cli.context;
  const found = findKeyring(env, platform);
  if (found?.isOurs) return;
  cli.output.note(
    found === undefined
      ? 'There is no keyring program on PATH yet: pkgauth setup keyring --dir DIR'
      : `The keyring program on PATH is another one (${found.path}): pkgauth setup keyring --dir DIR, with DIR before it on PATH`,
  );
};

const configured = (ecosystem: Ecosystem, path: string, text: string, index: Index): string => {
  try {
    return ecosystem.configure(text, index);
  } catch (error) {
    throw error instanceof ProtocolError ? error.inFile(path) : error;
  }
};

/**
 * Shows what would change in a tool's own configuration, asks, and writes it. Exit code 0 also when there is nothing to
 * change and for a dry run.
 */
export const configureIndex = async (
  cli: Cli,
  ecosystem: Ecosystem,
  options: ConfigureOptions,
): Promise<number> => {
  const url = requireIndex(options.index);
  const path = ecosystem.configFile(cli.context);
  const before = toolFiles.read(path);
  const index = await describeIndex(cli, url);
  const after = configured(ecosystem, path, before ?? '', index);
  const difference = unifiedDiff(path, before, after);
  cli.output.diff(difference);
  const write = difference.length > 0 && (await agreed(cli, path, options));
  if (write) {
    toolFiles.write(path, after);
    cli.output.note(`Wrote ${path}`);
  } else
    cli.output.note(difference.length === 0 ? `${path} is as it should be already` : 'Nothing was changed');
  adviseKeyring(cli);
  cli.output.answer({ json: { path, changed: difference.length > 0, written: write }, lines: [] });
  return 0;
};

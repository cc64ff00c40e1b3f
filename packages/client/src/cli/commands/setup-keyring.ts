import { resolve } from 'node:path';
import { toolFiles } from '../../context/tool-files.ts';
import { isOurKeyring, keyringProgram } from '../../ecosystems/index.ts';
import { ClientError } from '../../errors.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { prepareCompileCache } from '../compile-cache.ts';
import { findKeyring } from '../find-keyring.ts';

const pathAdvice = (cli: Cli, directory: string): string[] => {
  const { env, platform } = cli.context;
  if (findKeyring(env, platform)?.directory === directory) return [];
  if (platform === 'win32') return [`Put it first on PATH:  set PATH=${directory};%PATH%`];
  return [`Put it first on PATH:  export PATH="${directory.replace(/["$`\\]/g, '\\$&')}:$PATH"`];
};

export const setupKeyring = defineCommand({
  description: [
    'Puts a small program named keyring into a directory. pip, uv, pixi and twine call a program of that name when they need',
    'a password; this one answers from the logins of pkgauth, refreshed when needed, and never asks anything.',
  ],
  examples: [
    ['pkgauth setup keyring --dir ~/.local/bin', 'for every tool of this user'],
    ['pkgauth setup keyring --dir .venv/bin', 'for one environment'],
  ],
  options: {
    dir: { kind: 'value', placeholder: 'DIR', doc: 'directory to put it into; one on PATH' },
    force: { kind: 'flag', doc: 'replace a keyring program that is not of pkgauth' },
  },
  arguments: {},
  async run(cli, { options: { dir, force } }) {
    if (dir === undefined || dir === '') throw new ClientError('usage', '--dir is missing');
    const directory = resolve(cli.context.cwd, dir);
    const { path, content } = keyringProgram(cli.context.platform, directory, cli.program);
    const present = toolFiles.read(path);
    if (present !== undefined && !isOurKeyring(present) && force === 0) {
      throw new ClientError('failed', `${path} is another program`, {
        hint: 'choose another directory, or add --force',
      });
    }
    toolFiles.write(path, content, { program: true });
    await prepareCompileCache(cli.context);
    cli.output.note(`Wrote ${path}`);
    const advice = pathAdvice(cli, directory);
    for (const line of advice) cli.output.note(line);
    cli.output.answer({ json: { path, on_path: advice.length === 0 }, lines: [] });
    return 0;
  },
});

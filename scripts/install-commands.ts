// The commands that install a package through the service with what this machine has: uv, else pip.
import { spawnSync } from 'node:child_process';

/** What is installed to show that it works: it is small and has dependencies. */
const sample = 'requests';

/** Version of a program, `23.1` for `23.1.2`; undefined when it does not run. */
export type Probe = (program: string, args: readonly string[]) => number | undefined;

/**
 * Pasteable lines; undefined when neither uv nor a fitting pip is on the PATH. `data` is the data directory as typed
 * in the checkout.
 */
export function installCommands(
  { origin, data }: { origin: string; data: string },
  probe: Probe = versionOf,
): string[] | undefined {
  const url = new URL('/simple/demo/main/', origin);
  url.username = '__token__';
  const target = `--target ${quote(`${data}/try`)}`;
  const helper = `PATH="$PWD/${data}/bin:$PATH"`;
  const keyring = `npx pkgauth setup keyring --dir ${quote(`${data}/bin`)}`;
  const index = `--index-url ${url.href}`;
  if (probe('uv', ['--version']) !== undefined) {
    return [keyring, `${helper} uv pip install ${target} --keyring-provider subprocess ${index} ${sample}`];
  }
  const pips: readonly (readonly [string, readonly string[]])[] = [
    ['pip', ['--version']],
    ['pip3', ['--version']],
    ['python3', ['-m', 'pip', '--version']],
  ];
  for (const [program, args] of pips) {
    const version = probe(program, args);
    // Older ones do not call a keyring program at all.
    if (version === undefined || version < 23) continue;
    // From 23.1 on it has to be asked for; 23.0 does it by itself and does not know the option.
    const provider = version >= 23.1 ? ' --keyring-provider subprocess' : '';
    const pip = [program, ...args.slice(0, -1)].join(' ');
    return [keyring, `${helper} ${pip} install ${target}${provider} ${index} ${sample}`];
  }
  return undefined;
}

const quote = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function versionOf(program: string, args: readonly string[]): number | undefined {
  const answer = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
  });
  const version = answer.status === 0 ? /(\d+\.\d+)/.exec(answer.stdout)?.[1] : undefined;
  return version === undefined ? undefined : Number(version);
}

import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Processes, ProcessResult } from '../context.ts';
import { ClientError } from '../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Platform = 'linux' | 'darwin' | 'win32';

const maximumOutput = 1024 * 1024;

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/**
 * The absolute path of a program on PATH. Entries that depend on the working directory are skipped: a checkout must not
 * be able to put its own program in the place of ours (HP07).
 */
export const findProgram = (name: string, env: Env, platform: Platform): string | undefined => {
  const suffixes = platform === 'win32' ? (env.PATHEXT ?? '.COM;.EXE').split(';') : [''];
  const directories = (env.PATH ?? env.Path ?? '').split(delimiter).filter(isAbsolute);
  return directories
    .flatMap((directory) => suffixes.map((suffix) => join(directory, name + suffix)))
    .find(isProgram);
};

const collect = (stream: NodeJS.ReadableStream | null): (() => string) => {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < maximumOutput) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
};

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });

/** Programs to try in turn for opening a URL. `BROWSER` may name several, and `%s` stands for the URL. */
const openers = (url: string, env: Env, platform: Platform): string[][] => {
  const own = (env.BROWSER ?? '')
    .split(delimiter)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const words = entry.split(' ').filter((word) => word !== '');
      return words.includes('%s') ? words.map((word) => (word === '%s' ? url : word)) : [...words, url];
    });
  if (platform === 'darwin') return [...own, ['open', url]];
  // rundll32 takes the URL as one argument; cmd's "start" would give "&" a meaning.
  if (platform === 'win32') return [...own, ['rundll32', 'url.dll,FileProtocolHandler', url]];
  const graphical = ['xdg-open', 'wslview', 'gnome-open', 'kde-open'].map((name) => [name, url]);
  return [...own, ...graphical, ['gio', 'open', url]];
};

/** The real processes of this machine. See `Processes`. */
export const nodeProcesses = (env: Env, platform: Platform): Processes => {
  const locate = (command: string): string | undefined =>
    isAbsolute(command) ? command : findProgram(command, env, platform);

  const run: Processes['run'] = async (command, args, options = {}): Promise<ProcessResult> => {
    const program = locate(command);
    if (program === undefined) throw new ClientError('failed', `the program ${command} is not on PATH`);
    const { spawn } = await import('node:child_process');
    const child = spawn(program, args, { env: { ...env, ...options.env }, windowsHide: true });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    // A program that does not read its input closes the pipe early; its exit code says more than that.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeout ?? 30_000);
    try {
      const code = await ended(child);
      return { code, stdout: stdout(), stderr: stderr(), timedOut };
    } catch (cause) {
      throw new ClientError('failed', `could not run ${program}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  };

  const open = async ([command = '', ...args]: string[]): Promise<boolean> => {
    const program = locate(command);
    if (program === undefined) return false;
    const { spawn } = await import('node:child_process');
    const child = spawn(program, args, { env: { ...env }, stdio: 'ignore', detached: true });
    child.unref();
    // An opener that still runs after a moment is the browser itself.
    const { promise: stillRunning, resolve } = Promise.withResolvers<'running'>();
    const timer = setTimeout(() => resolve('running'), 2000);
    const code = await Promise.race([ended(child).catch(() => 1), stillRunning]);
    clearTimeout(timer);
    return code === 0 || code === 'running';
  };

  const openBrowser: Processes['openBrowser'] = async (text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) return false;
    for (const opener of openers(url.href, env, platform)) if (await open(opener)) return true;
    return false;
  };

  return { run, openBrowser };
};

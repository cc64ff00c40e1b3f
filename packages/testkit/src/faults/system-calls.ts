import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, type ProcessResult, partPath, run, temporaryDirectory } from '../harness/index.ts';

/** The `ordinal`-th call (first is 1) of its name that the program's main thread makes. */
export type SystemCall = { readonly name: string; readonly ordinal: number };

/** What happens at a call: the process dies before it, or the call fails with an error (`ENOSPC`). */
export type SystemFault = { readonly at: SystemCall; readonly does: 'SIGKILL' | `E${string}` };

export type Program = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
};

const names =
  'openat,write,pwrite64,writev,fsync,fdatasync,ftruncate,rename,renameat2,link,unlink,close,fchmod,chmod,mkdir,flock';

const trace = async (program: Program, log: string, fault: readonly string[]): Promise<ProcessResult> =>
  run(
    partPath('strace'),
    ['-f', '-y', '-o', log, '-e', `trace=${names}`, ...fault, program.command, ...program.args],
    {
      env: program.env,
    },
  );

const callsIn = (log: string): { thread: string; name: string; line: string }[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, thread = '', name = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
      return name === '' ? [] : [{ thread, name, line }];
    });

const relevant = (log: string, place: string): SystemCall[] => {
  const all = callsIn(log);
  const counts = new Map<string, number>();
  return all.flatMap(({ thread, name, line }) => {
    if (thread !== all[0]?.thread) return [];
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    return line.includes(place) ? [{ name, ordinal }] : [];
  });
};

/** Runs the program and lists the calls by which it touched files whose path contains `place`. */
export const systemCallsOf = async (
  program: Program,
  place: string,
): Promise<{ result: ProcessResult; calls: SystemCall[] }> => {
  using folder = temporaryDirectory();
  const log = join(folder.path, 'trace');
  const result = await trace(program, log, []);
  return { result, calls: relevant(log, place) };
};

/** Runs the program with one fault; `hit` says whether the fault struck a call that touched `place`. */
export const runWithFault = async (
  program: Program,
  place: string,
  { at, does }: SystemFault,
): Promise<{ result: ProcessResult; hit: boolean }> => {
  using folder = temporaryDirectory();
  const log = join(folder.path, 'trace');
  const effect = does === 'SIGKILL' ? 'signal=SIGKILL' : `error=${does}`;
  const result = await trace(program, log, ['-e', `inject=${at.name}:${effect}:when=${at.ordinal}`]);
  const hit = relevant(log, place).some(({ name, ordinal }) => name === at.name && ordinal === at.ordinal);
  return { result, hit };
};

import { statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { toolFiles } from '../context/tool-files.ts';
import { isOurKeyring, type Place } from '../ecosystems/index.ts';

export type FoundKeyring = { readonly directory: string; readonly path: string; readonly isOurs: boolean };

const isProgram = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
};

const contentIsOurs = (path: string): boolean => {
  try {
    return isOurKeyring(toolFiles.read(path) ?? '');
  } catch {
    // A binary, or not ours to read.
    return false;
  }
};

/** The `keyring` program that tools find on PATH; relative entries do not count. */
export const findKeyring = (env: Place['env'], platform: Place['platform']): FoundKeyring | undefined => {
  const names = platform === 'win32' ? ['keyring.exe', 'keyring.cmd'] : ['keyring'];
  for (const directory of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = names.map((name) => join(directory, name)).find(isProgram);
    if (path !== undefined) return { directory, path, isOurs: contentIsOurs(path) };
  }
  return undefined;
};

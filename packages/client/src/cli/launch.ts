#!/usr/bin/env node
/**
 * Starts the bundled command line tool (`main.ts`) with its code compiled ahead, where that is kept: a stand-in is started
 * up to three times for one package, and compiling is a third of what it does.
 */
import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { compileCacheDirectory } from './compile-cache-directory.ts';
import { programName, standInCall } from './stand-in-call.ts';

declare const require: (path: string) => unknown;

const { env, platform } = process;
const directory = compileCacheDirectory({
  env,
  platform,
  home: platform === 'win32' ? env.USERPROFILE : env.HOME,
});

const isOurs = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) return false;
  return platform === 'win32' || (stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0);
};

if (directory !== undefined && isOurs(directory)) enableCompileCache(directory);
const isStandIn = standInCall(programName(process.argv[1] ?? ''), process.argv.slice(2)) !== undefined;
require(isStandIn ? './cli-stand-in.cjs' : './cli-main.cjs');

// What every set-up script shares: where the workspace is, which Node it runs on, and how a step is announced.
// Runs on Node 20 and before node_modules exists, so it imports nothing but Node's own modules.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that set-up makes and may make again; never committed. */
export const cache = join(root, '.cache');

/** True where nothing may be missing: a part that cannot be had is an error instead of a named gap. */
export const strict = process.env.CI === 'true';

/** A failure that a person can act on: printed without a stack. */
export class SetupError extends Error {}

/** One line about what is being done. */
export function say(text) {
  console.log(`setup: ${text}`);
}

/** The Node that npm installed for this platform, else the running one when it is new enough. */
export function pinnedNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const installed = join(root, 'node_modules', name, 'bin', binary);
  if (existsSync(installed)) return installed;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return process.execPath;
  throw new SetupError(
    `no Node 24 is packaged for ${process.platform}-${process.arch}, and Node ${process.versions.node} is too old: install Node 24`,
  );
}

/** Runs a program quietly; its output is shown only in the error that a failure throws. */
export function runQuietly(what, command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (result.status === 0) return result.stdout;
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`.trim();
  throw new SetupError(`${what} failed\n${output}`);
}

/** The note that a step left in the cache when it last succeeded, or undefined. */
export function readStamp(name) {
  try {
    return readFileSync(join(cache, `${name}.stamp`), 'utf8');
  } catch {
    return undefined;
  }
}

export function writeStamp(name, text) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, `${name}.stamp`), text);
}

/** Runs the main function of a script; a SetupError ends it with its message alone. */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`setup: error: ${error.message}`);
    process.exitCode = 1;
  }
}

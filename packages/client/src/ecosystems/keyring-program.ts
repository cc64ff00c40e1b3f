import { join } from 'node:path';
import { ClientError } from '../errors.ts';
import type { Place } from './ecosystem.ts';

/** The program that starts pkgauth again: absolute paths, because nothing may depend on the caller's PATH (HP07). */
export type Launcher = {
  readonly runtime: string;
  /** Options of the runtime that the script needs to be found at all. */
  readonly runtimeOptions: readonly string[];
  readonly script: string;
};

const commandOf = ({ runtime, runtimeOptions, script }: Launcher): string[] => [
  runtime,
  ...runtimeOptions,
  script,
];

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const shellScript = (launcher: Launcher): string =>
  [
    '#!/bin/sh',
    '# Written by "pkgauth setup keyring": answers pip, uv, pixi and twine from the logins of pkgauth.',
    `exec ${commandOf(launcher)
      .map((word) => shellQuote(word))
      .join(' ')} helper keyring "$@"`,
    '',
  ].join('\n');

// cmd.exe has no way to quote these inside quotes.
const batchQuote = (path: string): string => {
  if (/["%\r\n]/.test(path))
    throw new ClientError('failed', 'the path of pkgauth has characters that a batch file cannot hold');
  return `"${path}"`;
};

const batchScript = (launcher: Launcher): string =>
  [
    '@echo off',
    `${commandOf(launcher)
      .map((word) => batchQuote(word))
      .join(' ')} helper keyring %*`,
    '',
  ].join('\r\n');

/** The `keyring` program for a directory: its path and text. Works with spaces and quotes in every path. */
export const keyringProgram = (
  platform: Place['platform'],
  directory: string,
  launcher: Launcher,
): { readonly path: string; readonly content: string } => {
  if (platform === 'win32') return { path: join(directory, 'keyring.cmd'), content: batchScript(launcher) };
  if (/[\r\n]/.test(commandOf(launcher).join('')))
    throw new ClientError('failed', 'the path of pkgauth has a line break');
  return { path: join(directory, 'keyring'), content: shellScript(launcher) };
};

const marker = 'helper keyring';

/** Whether a file is a `keyring` program of ours, so that it may be replaced and needs no other one before it on PATH. */
export const isOurKeyring = (content: string): boolean => content.length < 4096 && content.includes(marker);

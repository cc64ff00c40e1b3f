import type { OptionTable, OptionValues } from './arguments.ts';

/** What every command understands, before or after its name. */
export const globalOptions = {
  json: { kind: 'flag', doc: 'print the answer as one JSON object' },
  store: {
    kind: 'value',
    placeholder: 'NAME',
    doc: 'use one store: os-keyring, pkgauth-file, pyx-tokens, uv-text or netrc',
  },
  color: {
    kind: 'value',
    placeholder: 'WHEN',
    choices: ['auto', 'always', 'never'],
    doc: 'colour: auto, always or never (also PKGAUTH_COLOR, NO_COLOR, FORCE_COLOR)',
  },
  'no-input': { kind: 'flag', doc: 'never ask; fail instead' },
  verbose: { kind: 'flag', short: 'v', doc: 'say more on stderr' },
  quiet: { kind: 'flag', short: 'q', doc: 'say only what went wrong' },
  help: { kind: 'flag', short: 'h', doc: 'show help' },
  version: { kind: 'flag', short: 'V', doc: 'show the version' },
} as const satisfies OptionTable;

export type GlobalOptions = OptionValues<typeof globalOptions>;

/** The same options given before and after the command's name, as one: flags add up, the later value wins. */
export const mergeGlobalOptions = (before: GlobalOptions, after: GlobalOptions): GlobalOptions => ({
  json: before.json + after.json,
  store: after.store ?? before.store,
  color: after.color ?? before.color,
  'no-input': before['no-input'] + after['no-input'],
  verbose: before.verbose + after.verbose,
  quiet: before.quiet + after.quiet,
  help: before.help + after.help,
  version: before.version + after.version,
});

/** As if none was given. */
export const noOptions: GlobalOptions = {
  json: 0,
  store: undefined,
  color: undefined,
  'no-input': 0,
  verbose: 0,
  quiet: 0,
  help: 0,
  version: 0,
};

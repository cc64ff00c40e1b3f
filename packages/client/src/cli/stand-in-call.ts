/** A call of this program that stands in for another one, and the arguments that are that program's. */
export type StandInCall = { readonly name: 'keyring' | 'bazel'; readonly argv: readonly string[] };

/** File name of a program without directory and extension: what it was invoked as. */
export const programName = (path: string): string =>
  path.replace(/^.*[\\/]/, '').replace(/\.(?:c|m)?[jt]s$|\.exe$/i, '');

/**
 * Which stand-in a command line means: `helper keyring …`, `helper bazel …`, or anything under the name `keyring`.
 * `undefined` for the rest, and for a question about the stand-in's own help.
 */
export const standInCall = (invokedAs: string, argv: readonly string[]): StandInCall | undefined => {
  if (invokedAs === 'keyring') return { name: 'keyring', argv };
  const [word, name, ...rest] = argv;
  if (word !== 'helper' || (name !== 'keyring' && name !== 'bazel')) return undefined;
  return rest.length === 1 && rest[0] === '--help' ? undefined : { name, argv: rest };
};

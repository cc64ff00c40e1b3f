import {
  answerKeyringBackends,
  answerKeyringDel,
  answerKeyringDiagnose,
  answerKeyringFailure,
  answerKeyringGet,
  answerKeyringSet,
  answerKeyringUsage,
  type BasicCredential,
  type HelperAnswer,
  type KeyringCommand,
  keyringCandidates,
  parseKeyringArguments,
  readKeyringPassword,
  type Secret,
  type ServiceCandidate,
} from '@pkgauth/protocol';

/** What the conversation needs of the rest of pkgauth. */
export type KeyringBackend = {
  /** The credential for one reading of the service's name; tokens have the user `__token__`. */
  find(candidate: ServiceCandidate, username?: string): Promise<Found | undefined>;
  save(service: string, username: string, password: Secret): Promise<void>;
  /** Answers whether there was something to remove. */
  remove(service: string, username: string): Promise<boolean>;
  /** The password for `set`; never asks. */
  readPassword(): Promise<string>;
  /** For `diagnose`. */
  readonly paths: { readonly configPath: string; readonly dataRoot: string };
};

export type Found = Pick<BasicCredential, 'username' | 'password'>;

const get = async (
  backend: KeyringBackend,
  command: Extract<KeyringCommand, { kind: 'get' }>,
): Promise<HelperAnswer> => {
  for (const candidate of keyringCandidates(command.service)) {
    const found = await backend.find(candidate, command.username);
    if (found !== undefined) return answerKeyringGet(command, found);
  }
  return answerKeyringGet(command, undefined);
};

const set = async (backend: KeyringBackend, service: string, username: string): Promise<HelperAnswer> => {
  const password = readKeyringPassword(await backend.readPassword());
  if (password === undefined) return answerKeyringFailure('no password came on stdin');
  await backend.save(service, username, password);
  return answerKeyringSet();
};

/**
 * Answers a call of the python `keyring` program (25.7) as pip (both generations), uv, pixi and twine make it. An unknown
 * service is exit code 1 and silence. Throws what the backend throws.
 */
export const converseAsKeyring = async (
  argv: readonly string[],
  backend: KeyringBackend,
): Promise<HelperAnswer> => {
  const command = parseKeyringArguments(argv);
  switch (command.kind) {
    case 'get':
      return get(backend, command);
    case 'set':
      return set(backend, command.service, command.username);
    case 'del':
      return answerKeyringDel(await backend.remove(command.service, command.username));
    case 'diagnose':
      return answerKeyringDiagnose(backend.paths);
    case 'list-backends':
      return answerKeyringBackends();
    case 'help':
    case 'usage-error':
      return answerKeyringUsage(command);
  }
};

import { type Credential, Secret } from '@pkgauth/protocol';

/** Everything of a credential that is secret, in a form that can be compared. */
const secretsOf = (credential: Credential): string[] => {
  switch (credential.kind) {
    case 'basic':
      return [credential.username, credential.password.reveal()];
    case 'bearer':
      return [credential.token.reveal()];
    case 'session':
      return [credential.accessToken.reveal(), credential.refreshToken.reveal()];
    case 'api-key':
      return [credential.key.reveal()];
  }
};

/** Whether two credentials are the same one, times aside. */
export const sameCredential = (a: Credential, b: Credential): boolean =>
  a.kind === b.kind && JSON.stringify(secretsOf(a)) === JSON.stringify(secretsOf(b));

type Members = Readonly<Record<string, unknown>>;

const membersOf = (credential: Credential): Members => {
  const { kind } = credential;
  switch (kind) {
    case 'basic':
      return { kind, username: credential.username, password: credential.password.reveal() };
    case 'bearer':
      return { kind, token: credential.token.reveal() };
    case 'api-key':
      return { kind, key: credential.key.reveal() };
    case 'session':
      return {
        kind,
        access_token: credential.accessToken.reveal(),
        refresh_token: credential.refreshToken.reveal(),
        expires_at: credential.expiresAt,
        received_at: credential.receivedAt,
        refused_at: credential.refusedAt,
      };
  }
};

/** One credential as a line of JSON in ASCII: what a keyring entry holds. Times are milliseconds since the Unix epoch. */
export const formatCredential = (credential: Credential): string =>
  JSON.stringify(membersOf(credential)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const objectIn = (text: string): Members | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined;
  } catch {
    return undefined;
  }
};

const secret = (value: unknown): Secret | undefined =>
  typeof value === 'string' ? new Secret(value) : undefined;
const time = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: number } =>
  (Number.isSafeInteger(value) ? { [name]: value } : {}) as { [Key in Name]?: number };

/** The credential that `formatCredential` wrote; undefined for any other text. */
export const parseCredential = (text: string): Credential | undefined => {
  const members = objectIn(text) ?? {};
  const [password, token, key] = [secret(members.password), secret(members.token), secret(members.key)];
  const [accessToken, refreshToken] = [secret(members.access_token), secret(members.refresh_token)];
  const { kind, username } = members;
  if (kind === 'basic' && typeof username === 'string' && password) return { kind, username, password };
  if (kind === 'bearer' && token) return { kind, token };
  if (kind === 'api-key' && key) return { kind, key };
  if (kind !== 'session' || !accessToken || !refreshToken) return undefined;
  return {
    kind,
    accessToken,
    refreshToken,
    ...time('expiresAt', members.expires_at),
    ...time('receivedAt', members.received_at),
    ...time('refusedAt', members.refused_at),
  };
};

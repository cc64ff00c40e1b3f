import { type Credential, requireSafeText, Secret } from '../credentials/index.ts';
import { normalizeService } from '../matching/index.ts';
import {
  indentJson,
  type JsonMember,
  type JsonMembers,
  jsonMember,
  printCompact,
  readJsonObject,
} from './json/index.ts';
import { errorAt, readSourceText } from './text/index.ts';

/**
 * pkgauth's own credential file: `{"version": 1, "credentials": {"<service>": {"kind": …}}}`, services as
 * `normalizeService` writes them. Written in one canonical form: two spaces, entries in the order of their services, a line
 * feed at the end. Entries of kinds that we do not know, and members that we do not know, are kept.
 */

const currentVersion = 1;

type Members = Record<string, unknown>;

const memberNames = {
  basic: ['username', 'password'],
  bearer: ['token'],
  session: ['access_token', 'refresh_token', 'expires_at'],
  'api-key': ['key'],
} as const satisfies Record<Credential['kind'], readonly string[]>;

const ownNames = new Set<string>(['kind', ...Object.values(memberNames).flat()]);

const readCredential = (members: Members, refuse: (reason: string) => never): Credential | undefined => {
  const text = (name: string): string => {
    const value = members[name];
    return typeof value === 'string' ? value : refuse(`the entry has no ${name}`);
  };
  const secret = (name: string): Secret => new Secret(text(name));
  const { kind, expires_at: expiresAt } = members;
  switch (kind as Credential['kind']) {
    case 'basic':
      return { kind: 'basic', username: text('username'), password: secret('password') };
    case 'bearer':
      return { kind: 'bearer', token: secret('token') };
    case 'api-key':
      return { kind: 'api-key', key: secret('key') };
    case 'session': {
      const tokens = { accessToken: secret('access_token'), refreshToken: secret('refresh_token') };
      if (expiresAt === undefined) return { kind: 'session', ...tokens };
      if (!Number.isSafeInteger(expiresAt)) return refuse("the entry's expires_at is not a whole number");
      return { kind: 'session', ...tokens, expiresAt: expiresAt as number };
    }
    default:
      return undefined;
  }
};

type Document = {
  bom: string;
  members: JsonMembers;
  entries: Map<string, JsonMember & { start: number }>;
  text: string;
};

const readVersion = (text: string, member: (JsonMember & { start: number }) | undefined): void => {
  const version = member?.value;
  if (!Number.isSafeInteger(version)) throw errorAt(text, member?.start ?? 0, 'the file has no version');
  if ((version as number) > currentVersion) {
    throw errorAt(text, member?.start ?? 0, 'the file was written by a newer pkgauth', {
      code: 'unsupported',
      hint: 'update pkgauth',
    });
  }
};

const readDocument = (input: string | Uint8Array): Document => {
  const { bom, text } = readSourceText(input);
  if (text.trim() === '') return { bom, members: new Map(), entries: new Map(), text };
  const members = readJsonObject(text);
  readVersion(text, members.get('version'));
  const credentials = members.get('credentials');
  if (credentials === undefined) return { bom, members, entries: new Map(), text };
  if (!credentials.raw.startsWith('{'))
    throw errorAt(text, credentials.start, 'the credentials are not an object');
  const entries = readJsonObject(credentials.raw);
  for (const entry of entries.values()) entry.start += credentials.start;
  return { bom, members, entries, text };
};

/**
 * The credentials of the file by service; empty for an empty file. Entries of unknown kinds are left out. Throws
 * `ProtocolError` with the line: `syntax`, `encoding`, `too-large`, or `unsupported` for a newer version.
 */
export const parsePkgauthCredentials = (input: string | Uint8Array): Map<string, Credential> => {
  const { entries, text } = readDocument(input);
  const credentials = new Map<string, Credential>();
  for (const [service, { value, raw, start }] of entries) {
    const refuse = (reason: string): never => {
      throw errorAt(text, start, reason);
    };
    if (!raw.startsWith('{')) refuse('the entry is not an object');
    const credential = readCredential(value as Members, refuse);
    if (credential !== undefined) credentials.set(service, credential);
  }
  return credentials;
};

const membersOf = (credential: Credential): Members => {
  const { kind } = credential;
  switch (kind) {
    case 'basic':
      return {
        kind,
        username: requireSafeText(credential.username, 'user name'),
        password: credential.password.reveal(),
      };
    case 'bearer':
      return { kind, token: credential.token.reveal() };
    case 'api-key':
      return { kind, key: credential.key.reveal() };
    case 'session':
      return {
        kind,
        access_token: credential.accessToken.reveal(),
        refresh_token: credential.refreshToken.reveal(),
        ...(credential.expiresAt === undefined ? {} : { expires_at: credential.expiresAt }),
      };
  }
};

const entryOf = (credential: Credential, before: JsonMember | undefined): JsonMember => {
  const members: JsonMembers = new Map();
  for (const [name, value] of Object.entries(membersOf(credential))) {
    members.set(name, jsonMember(typeof value === 'string' ? requireSafeText(value, 'secret') : value));
  }
  for (const [name, member] of before?.raw.startsWith('{') ? readJsonObject(before.raw) : []) {
    if (!ownNames.has(name)) members.set(name, member);
  }
  return { value: undefined, raw: printCompact(members) };
};

const print = (bom: string, members: JsonMembers, entries: JsonMembers): string => {
  const sorted: JsonMembers = new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const document: JsonMembers = new Map([
    ['version', jsonMember(currentVersion)],
    ['credentials', { value: undefined, raw: printCompact(sorted) }],
    ...[...members].filter(([name]) => name !== 'version' && name !== 'credentials'),
  ]);
  return `${bom}${indentJson(printCompact(document))}\n`;
};

/**
 * The file with this credential for a service, in place of a former one. Throws `ProtocolError`: as `parsePkgauthCredentials`
 * when the file cannot be read (nothing unreadable is ever written over), `invalid-url` for the service, `unsafe-value`
 * for control characters.
 */
export const setPkgauthCredential = (
  input: string | Uint8Array,
  service: string,
  credential: Credential,
): string => {
  const { bom, members, entries } = readDocument(input);
  const name = normalizeService(service);
  return print(
    bom,
    members,
    new Map<string, JsonMember>(entries).set(name, entryOf(credential, entries.get(name))),
  );
};

/** The file without the entry for a service, of whatever kind; `undefined` when there was none. */
export const removePkgauthCredential = (input: string | Uint8Array, service: string): string | undefined => {
  const { bom, members, entries } = readDocument(input);
  return entries.delete(normalizeService(service)) ? print(bom, members, entries) : undefined;
};

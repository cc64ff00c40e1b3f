import { type Credential, requireSafeText, Secret } from '../credentials/index.ts';
import { normalizeService, parseHttpUrl, sameService } from '../matching/index.ts';
import {
  indentJson,
  type JsonMember,
  type JsonMembers,
  jsonMember,
  printCompact,
  readJsonObject,
} from './json/index.ts';
import { errorAt, lineCounter, readSourceText } from './text/index.ts';

/**
 * pkgauth's own credential file: `{"version": 1, "credentials": {"<service>": {"kind": …}}}`, services as
 * `normalizeService` writes them, with the user before the host (`https://ada@host/`) for a user name and password that is
 * no token's. Written in one canonical form: two spaces, entries in the order of their names, a line feed at the end.
 * Entries of kinds that we do not know, and members that we do not know, are kept.
 */

const currentVersion = 1;

type Members = Record<string, unknown>;

const memberNames = {
  basic: ['username', 'password'],
  bearer: ['token'],
  session: ['access_token', 'refresh_token', 'expires_at', 'received_at', 'refused_at'],
  'api-key': ['key'],
} as const satisfies Record<Credential['kind'], readonly string[]>;

const ownNames = new Set<string>(['kind', ...Object.values(memberNames).flat()]);

const readCredential = (members: Members, refuse: (reason: string) => never): Credential | undefined => {
  const text = (name: string): string => {
    const value = members[name];
    return typeof value === 'string' ? value : refuse(`the entry has no ${name}`);
  };
  const secret = (name: string): Secret => new Secret(text(name));
  const time = <Name extends string>(property: Name, name: string): { [Key in Name]?: number } => {
    const value = members[name];
    if (value === undefined) return {};
    if (!Number.isSafeInteger(value)) return refuse(`the entry's ${name} is not a whole number`);
    return { [property]: value } as { [Key in Name]?: number };
  };
  switch (members.kind as Credential['kind']) {
    case 'basic':
      return { kind: 'basic', username: text('username'), password: secret('password') };
    case 'bearer':
      return { kind: 'bearer', token: secret('token') };
    case 'api-key':
      return { kind: 'api-key', key: secret('key') };
    case 'session':
      return {
        kind: 'session',
        accessToken: secret('access_token'),
        refreshToken: secret('refresh_token'),
        ...time('expiresAt', 'expires_at'),
        ...time('receivedAt', 'received_at'),
        ...time('refusedAt', 'refused_at'),
      };
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

export type PkgauthCredentialEntry = {
  /** As `normalizeService` writes it. */
  service: string;
  credential: Credential;
  /** Line of the entry; first is 1. */
  line: number;
};

/**
 * The entries of the file; none for an empty file. Those of unknown kinds are left out. Throws `ProtocolError` with the
 * line: `syntax`, `encoding`, `too-large`, or `unsupported` for a newer version.
 */
export const parsePkgauthCredentials = (input: string | Uint8Array): PkgauthCredentialEntry[] => {
  const { entries, text } = readDocument(input);
  const lineAt = lineCounter(text);
  return [...entries].flatMap(([name, { value, raw, start }]) => {
    const refuse = (reason: string): never => {
      throw errorAt(text, start, reason);
    };
    if (!raw.startsWith('{')) refuse('the entry is not an object');
    if (parseHttpUrl(name) === undefined) refuse('the entry is not named by an http(s) URL');
    const credential = readCredential(value as Members, refuse);
    return credential === undefined
      ? []
      : [{ service: normalizeService(name), credential, line: lineAt(start) }];
  });
};

/** The name of an entry: its service, with the user where that distinguishes it from a token's. */
const nameOf = (service: string, username: string | undefined): string => {
  const url = normalizeService(service);
  if (username === undefined || username === '__token__') return url;
  return url.replace('://', `://${encodeURIComponent(requireSafeText(username, 'user name'))}@`);
};

/** The user in an entry's name or, where a person wrote the file, in the entry. */
const userOf = (name: string, { value }: JsonMember): string => {
  const { kind, username } = (value ?? {}) as Members;
  if (kind === 'basic' && typeof username === 'string') return username;
  const encoded = parseHttpUrl(name)?.username ?? '';
  return encoded === '' ? '__token__' : decodeURIComponent(encoded);
};

/** Takes the entries of a service out, of one user or of all; answers whether there were any. */
const takeOut = (entries: JsonMembers, service: string, username: string | undefined): boolean => {
  const url = normalizeService(service);
  const names = [...entries].flatMap(([name, member]) => {
    const isTheirs = username === undefined || userOf(name, member) === username;
    return sameService(name, url) && isTheirs ? [name] : [];
  });
  for (const name of names) entries.delete(name);
  return names.length > 0;
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
        expires_at: credential.expiresAt,
        received_at: credential.receivedAt,
        refused_at: credential.refusedAt,
      };
  }
};

const entryOf = (credential: Credential, before: JsonMember | undefined): JsonMember => {
  const members: JsonMembers = new Map();
  for (const [name, value] of Object.entries(membersOf(credential))) {
    if (value === undefined) continue;
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
 * The file with this credential for a service and its user, in place of a former one. Throws `ProtocolError`: as
 * `parsePkgauthCredentials` when the file cannot be read (nothing unreadable is ever written over), `invalid-url` for the
 * service, `unsafe-value` for control characters.
 */
export const setPkgauthCredential = (
  input: string | Uint8Array,
  service: string,
  credential: Credential,
): string => {
  const { bom, members, entries } = readDocument(input);
  const username = credential.kind === 'basic' ? credential.username : '__token__';
  const name = nameOf(service, username);
  const next = new Map<string, JsonMember>(entries);
  takeOut(next, service, username);
  return print(bom, members, next.set(name, entryOf(credential, entries.get(name))));
};

/**
 * The file without the entries for a service, of whatever kind, of one user or of all; `undefined` when there were none.
 */
export const removePkgauthCredential = (
  input: string | Uint8Array,
  service: string,
  username?: string,
): string | undefined => {
  const { bom, members, entries } = readDocument(input);
  return takeOut(entries, service, username) ? print(bom, members, entries) : undefined;
};

import type { Credential, CredentialKind } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { sameCredential } from './credential-text.ts';
import { bestMatch, isEntryOf, tokenUser } from './matching.ts';
import type { CredentialStore, HeldEntry, StoredCredential, StoredService, StoreName } from './store.ts';
import { textFile } from './text-file.ts';

/** An entry as a format reads it. */
export type FileEntry = {
  readonly service: string;
  readonly credential: Credential;
  /** First line is 1; absent in formats without lines. */
  readonly line?: number;
  readonly hostOnly?: true;
};

/** A format as a store needs it. Its functions throw `ProtocolError`. */
export type FileFormat = {
  readonly kinds: readonly CredentialKind[];
  entries(text: string): readonly FileEntry[];
  set(text: string, service: string, credential: Credential): string;
  /** `undefined` when there was nothing to remove. */
  remove(text: string, service: string, username?: string): string | undefined;
};

export type FileStoreOptions = {
  readonly name: StoreName;
  readonly path: string;
  readonly lock: string;
  readonly emptyIsLoss: boolean;
  readonly format: FileFormat;
  /** Lock for refreshing a service's session; absent in stores that hold none. */
  refreshLock?(service: string): string;
};

/** The user that an entry belongs to, when it is not a token's. */
export const usernameOf = (credential: Credential): { username?: string } =>
  credential.kind === 'basic' && credential.username !== tokenUser ? { username: credential.username } : {};

const describe = ({ service, credential, hostOnly }: FileEntry): StoredService => ({
  service,
  kind: credential.kind,
  ...usernameOf(credential),
  ...(hostOnly === true ? { hostOnly } : {}),
});

const parseOnce = (format: FileFormat): ((text: string) => readonly FileEntry[]) => {
  let last: { text: string; entries: readonly FileEntry[] } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, entries: format.entries(text) };
    return last.entries;
  };
};

/** A store that is one text file with many entries. */
export const fileStore = (context: Context, options: FileStoreOptions): CredentialStore => {
  const { name, path, format } = options;
  const file = textFile(context, options);
  const parse = parseOnce(format);

  const find = (entries: readonly FileEntry[], service: string, username?: string): FileEntry | undefined =>
    entries.find((entry) => isEntryOf(describe(entry), service, username));

  const get = async (service: string, username?: string): Promise<StoredCredential | undefined> => {
    const entry = find(await file.read(parse), service, username);
    if (entry === undefined) return undefined;
    const origin = entry.line === undefined ? path : `${path}:${entry.line}`;
    return { service: entry.service, credential: entry.credential, origin };
  };

  const requireKind = ({ kind }: Credential): void => {
    if (format.kinds.includes(kind)) return;
    throw new ClientError(
      'store-unsuited',
      `the store ${name} (${path}) cannot hold a credential of kind ${kind}`,
      {
        hint: 'choose another one with --store',
      },
    );
  };

  const replace: (service: string) => HeldEntry['replace'] = (service) => (expected, next) =>
    file.edit((text) => {
      const current = find(parse(text), service, tokenUser)?.credential;
      return current !== undefined && sameCredential(current, expected)
        ? format.set(text, service, next)
        : undefined;
    });

  const { refreshLock } = options;
  return {
    name,
    location: path,
    match: async (candidate, username) =>
      bestMatch((await file.read(parse)).map(describe), candidate, username),
    get,
    list: async () => (await file.read(parse)).map(describe),
    set: async (service, credential) => {
      requireKind(credential);
      await file.edit((text) => format.set(text, service, credential));
    },
    delete: async (service, username) => {
      const isThere = find(await file.read(parse), service, username) !== undefined;
      return isThere && file.edit((text) => format.remove(text, service, username));
    },
    ...(refreshLock === undefined
      ? {}
      : {
          hold: (service, limit, work, instead) => {
            const entry = { read: () => get(service, tokenUser), replace: replace(service) };
            return context.files.withLock(refreshLock(service), limit, () => work(entry), instead);
          },
        }),
  };
};

import {
  type Credential,
  formatPyxTokens,
  normalizeService,
  parseHttpUrl,
  parsePyxTokens,
  pyxTokenPaths,
  pyxTokensService,
  type ServiceCandidate,
  type SessionCredential,
} from '@pkgauth/protocol';
import { pathsOf, pyxCredentialsDirectory } from '../config/index.ts';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { sameCredential } from './credential-text.ts';
import { tokenUser } from './matching.ts';
import type { CredentialStore, HeldEntry, StoredCredential, StoredService } from './store.ts';
import { lockLimit, readingFormat, type TextFile, textFile } from './text-file.ts';

const parse = (text: string): SessionCredential | undefined =>
  text === '' ? undefined : parsePyxTokens(text);

/** The service whose session is asked for: always the root of an origin, as the login protocol knows no paths. */
const rootOf = (candidate: ServiceCandidate): string | undefined => {
  if (candidate.kind === 'realm') {
    const { scheme, host, port } = candidate.realm;
    return normalizeService(`${scheme}://${host}:${port}/`);
  }
  const url = parseHttpUrl(candidate.url);
  return url === undefined ? undefined : normalizeService(`${url.protocol}//${url.host}/`);
};

const isRoot = (service: string): boolean =>
  normalizeService(service) === rootOf({ kind: 'url', url: service });

type Place = { readonly tokens: string; readonly lock: string; readonly file: TextFile };

const placeOf = async (context: Context, service: string): Promise<Place> => {
  const segments = pyxTokenPaths(service);
  const root = await pyxCredentialsDirectory(context, segments.directory[0]);
  if (root === undefined) {
    throw new ClientError('store-unavailable', 'there is no home directory for the store pyx-tokens', {
      hint: 'name a directory: PYX_CREDENTIALS_DIR=/path',
    });
  }
  const tokens = pathsOf(context).join(root, ...segments.tokens);
  const lock = pathsOf(context).join(root, ...segments.lock);
  return { tokens, lock, file: textFile(context, { path: tokens, lock, emptyIsLoss: true }) };
};

const sessionOf = (credential: Credential): SessionCredential => {
  if (credential.kind === 'session') return credential;
  throw new ClientError(
    'store-unsuited',
    `the store pyx-tokens holds login sessions only, not a credential of kind ${credential.kind}`,
    { hint: 'choose another one with --store' },
  );
};

/** Services by their directories. A file that cannot be read, or is not of the service it names, is not listed. */
const listServices = async (context: Context, root: string): Promise<StoredService[]> => {
  const services: StoredService[] = [];
  for (const name of await context.files.list(root)) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue;
    const path = pathsOf(context).join(root, name, 'tokens.json');
    const text = await context.files.read(path).catch(() => undefined);
    const service = readServiceOf(text ?? '');
    if (service !== undefined && pyxTokenPaths(service).directory[0] === name) {
      services.push({ service: normalizeService(service), kind: 'session' });
    }
  }
  return services;
};

const readServiceOf = (text: string): string | undefined => {
  try {
    return pyxTokensService(text);
  } catch {
    return undefined;
  }
};

const held = ({ tokens }: Place, context: Context, service: string): HeldEntry => {
  const read = async (): Promise<StoredCredential | undefined> => {
    const text = (await context.files.read(tokens)) ?? '';
    const credential = readingFormat(tokens, () => parse(text));
    return credential === undefined ? undefined : { service, credential, origin: tokens };
  };
  return {
    read,
    // The lock that uv respects is the only one there is: whoever holds the entry may write it.
    replace: async (expected, next) => {
      const text = (await context.files.read(tokens)) ?? '';
      const current = readingFormat(tokens, () => parse(text));
      if (current === undefined || !sameCredential(current, expected)) return false;
      await context.files.write(tokens, formatPyxTokens(sessionOf(next), text, service));
      return true;
    },
  };
};

/**
 * The token directory that uv 0.8.15 … 0.12.6 keeps for a pyx-speaking service: a login made with either program serves
 * both, and both refresh it under uv's own lock.
 */
export const openPyxTokens = async (context: Context): Promise<CredentialStore | undefined> => {
  const root = await pyxCredentialsDirectory(context);
  if (root === undefined) return undefined;

  const get = async (service: string, username?: string): Promise<StoredCredential | undefined> => {
    if ((username ?? tokenUser) !== tokenUser || !isRoot(service)) return undefined;
    const { tokens, file } = await placeOf(context, service);
    const credential = await file.read(parse);
    return credential === undefined
      ? undefined
      : { service: normalizeService(service), credential, origin: tokens };
  };

  return {
    name: 'pyx-tokens',
    location: root,
    match: async (candidate, username) => {
      const service = rootOf(candidate);
      const found = service === undefined ? undefined : await get(service, username);
      return found === undefined ? undefined : { service: found.service, kind: 'session' };
    },
    get,
    list: () => listServices(context, root),
    set: async (service, credential) => {
      const session = sessionOf(credential);
      if (!isRoot(service)) {
        throw new ClientError(
          'store-unsuited',
          `the store pyx-tokens holds logins to whole hosts, not to ${service}`,
        );
      }
      await (await placeOf(context, service)).file.edit((text) =>
        formatPyxTokens(session, text, normalizeService(service)),
      );
    },
    delete: async (service, username) => {
      if ((username ?? tokenUser) !== tokenUser || !isRoot(service)) return false;
      const { tokens, lock } = await placeOf(context, service);
      if ((await context.files.read(tokens)) === undefined) return false;
      return context.files.withLock(lock, lockLimit, () => context.files.remove(tokens));
    },
    hold: async (service, limit, work, instead) => {
      const place = await placeOf(context, service);
      const entry = held(place, context, normalizeService(service));
      return context.files.withLock(place.lock, limit, () => work(entry), instead);
    },
  };
};

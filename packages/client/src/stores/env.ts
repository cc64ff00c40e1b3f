import {
  type Credential,
  decodeJwtPayload,
  normalizeService,
  parseHttpUrl,
  parseToken,
  realmOf,
  Secret,
  sameRealm,
} from '@pkgauth/protocol';
import { type Setting, settingOf } from '../config/index.ts';
import type { Context } from '../context.ts';
import { bestMatch, isEntryOf } from './matching.ts';
import type { CredentialStore, StoredService } from './store.ts';

/** What `PYX_API_URL` means when it is not set; the name is part of the client's wire protocol. */
const pyxService = 'https://api.pyx.dev/';

type Token = { readonly credential: Credential; readonly text: string; readonly variable: string };

const tokenIn = (env: Context['env']): Token | undefined => {
  const access = settingOf(env, 'accessToken');
  const found = access ?? settingOf(env, 'apiKey');
  if (found === undefined) return undefined;
  const text = found.value.trim();
  const isKey = access === undefined || parseToken(text)?.kind === 'api-key';
  const credential: Credential = isKey
    ? { kind: 'api-key', key: new Secret(text) }
    : { kind: 'bearer', token: new Secret(text) };
  return { credential, text, variable: found.variable };
};

/** The root of the service that a variable names: its doors are at the root of its origin. */
const namedService = ({ value, variable }: Setting, context: Context): string | undefined => {
  const url = parseHttpUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`);
  if (url === undefined) context.warn(`${variable} does not hold an http(s) URL`);
  return url === undefined ? undefined : normalizeService(`${url.protocol}//${url.host}/`);
};

const issuedBy = (token: string, service: string): boolean => {
  const issuer = decodeJwtPayload(token)?.iss;
  const [issued, known] = [realmOf(typeof issuer === 'string' ? issuer : ''), realmOf(service)];
  return issued !== undefined && known !== undefined && sameRealm(issued, known);
};

/**
 * Without a variable that names the service, a token goes only to one that the user has logged in to, and only when it is
 * recognizably that service's: its own issuer in a JWT, or one of our keys when there is a single such service (LF27).
 */
const recognizedService = (token: Token, known: readonly string[]): string | undefined => {
  const issuer = known.find((service) => issuedBy(token.text, service));
  if (issuer !== undefined) return issuer;
  return parseToken(token.text) !== undefined && known.length === 1 ? known[0] : undefined;
};

/**
 * Tokens and keys in variables, read-only and above everything else. `knownServices` are those with a login session or API
 * key in another store.
 */
export const openEnv = (
  context: Context,
  knownServices: () => Promise<readonly string[]>,
): CredentialStore => {
  const token = tokenIn(context.env);

  const serviceFor = async (found: Token): Promise<string | undefined> => {
    const named = settingOf(context.env, 'serviceUrl');
    if (named !== undefined) return namedService(named, context);
    const recognized = recognizedService(found, await knownServices());
    if (recognized !== undefined) return recognized;
    return found.variable === 'PKGAUTH_TOKEN' || parseToken(found.text) !== undefined
      ? undefined
      : pyxService;
  };

  const entries = async (): Promise<(StoredService & { credential: Credential; origin: string })[]> => {
    if (token === undefined) return [];
    const service = await serviceFor(token);
    if (service === undefined) return [];
    const { credential, variable } = token;
    return [{ service, kind: credential.kind, credential, origin: `variable ${variable}` }];
  };

  return {
    name: 'env',
    location: 'environment variables',
    match: async (candidate, username) => bestMatch(await entries(), candidate, username),
    get: async (service, username) => (await entries()).find((entry) => isEntryOf(entry, service, username)),
    list: async () => (await entries()).map(({ service, kind }) => ({ service, kind })),
  };
};

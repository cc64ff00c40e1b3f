import Provider, { type Configuration, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { userStanding } from '../../core/identity/standing.ts';
import type { Storage } from '../../core/ports/index.ts';
import type { Keyring } from '../../core/signing-keys.ts';
import { type ArtifactDeps, createAdapterFactory } from './artifacts.ts';
import { clientIds, clients, scopes } from './clients.ts';
import { type IssueDeps, refreshGrant, replaceIssuedTokens } from './issue-tokens.ts';
import { paths } from './paths.ts';

const minute = 60;
/** Seconds. A grant has to outlive the code or device code that stands for it, and nothing else needs it. */
const lives = {
  AuthorizationCode: minute,
  DeviceCode: 15 * minute,
  Interaction: 10 * minute,
  Grant: 30 * minute,
  IdToken: 60 * minute,
  // Never kept; the engine wants numbers.
  AccessToken: minute,
  RefreshToken: minute,
  Session: 10 * minute,
} as const;

export type ProviderDeps = ArtifactDeps &
  IssueDeps & {
    storage: Storage;
    keyring: Pick<Keyring, 'activePrivateJwks'>;
    issuer: string;
    /** A page for a request that cannot be answered by sending the browser back. */
    errorPage(detail: string, ctx: KoaContextWithOIDC): string;
    /** An authorization request was refused. */
    refused(ctx: KoaContextWithOIDC, error: Error): void;
  };

/** The protocol engine, with our keys of this moment. */
export function createProvider(deps: ProviderDeps): Provider {
  const provider = new Provider(deps.issuer, configurationOf(deps));
  // The request handler has put the configured origin into the headers that this trusts.
  provider.proxy = true;
  provider.use(askForConsent);
  provider.use(replaceIssuedTokens(deps));
  provider.registerGrantType('refresh_token', refreshGrant(deps), ['refresh_token', 'scope']);
  provider.on('authorization.error', deps.refused);
  return provider;
}

/**
 * OIDC Core §11 gives `offline_access` only where consent is asked for. Here it always is, and few clients say so; they
 * would be told of a narrower scope, and then refused when they refresh with the one that they asked for.
 */
async function askForConsent(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  const { scope, prompt = '' } = ctx.query;
  if (ctx.path === paths.authorization && typeof scope === 'string' && typeof prompt === 'string') {
    const prompts = prompt.split(' ').filter((word) => word !== '');
    const offline = scope.split(' ').includes('offline_access');
    if (offline && !prompts.includes('none'))
      ctx.query.prompt = [...new Set([...prompts, 'consent'])].join(' ');
  }
  await next();
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

function configurationOf(deps: ProviderDeps): Configuration {
  return {
    adapter: createAdapterFactory(deps),
    clients: clientIds.map(clientMetadata),
    clientAuthMethods: ['none'],
    responseTypes: ['code'],
    scopes: [...scopes],
    claims: { openid: ['sub'], profile: ['name'] },
    jwks: { keys: deps.keyring.activePrivateJwks() as NonNullable<Configuration['jwks']>['keys'] },
    pkce: { required: () => true },
    ttl: lives,
    formats: { bitsOfOpaqueRandomness: 256 },
    cookies: cookieSettings,
    routes: {
      authorization: paths.authorization,
      token: paths.token,
      device_authorization: paths.deviceAuthorization,
      code_verification: paths.activate,
      jwks: paths.jwks,
    },
    features: featuresOf(deps),
    interactions: {
      policy: approvalPolicy(),
      url: (_ctx, { uid }) => `${paths.interaction}/${uid}`,
    },
    findAccount: (_ctx, userId) => findAccount(deps.storage, userId),
    // Every login is approved anew and gets a grant of its own, so that ending one ends no other.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    issueRefreshToken: async () => false,
    expiresWithSession: async () => false,
    clientBasedCORS: () => false,
    allowOmittingSingleRegisteredRedirectUri: false,
    enableHttpPostMethods: false,
    renderError(ctx, out) {
      ctx.type = 'html';
      ctx.body = deps.errorPage(out.error_description ?? out.error, ctx);
    },
  };
}

const cookieSettings: NonNullable<Configuration['cookies']> = {
  names: { session: 'pkgauth_oauth', interaction: 'pkgauth_interaction', resume: 'pkgauth_resume' },
  long: { httpOnly: true, sameSite: 'lax', signed: false },
  short: { httpOnly: true, sameSite: 'lax', signed: false },
};

function clientMetadata(id: keyof typeof clients) {
  const { name, redirectUris } = clients[id];
  return {
    client_id: id,
    client_name: name,
    application_type: 'native' as const,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    response_types: ['code' as const],
    redirect_uris: [...redirectUris],
    // What every OpenID Connect client understands (OIDC Core §15.1).
    id_token_signed_response_alg: 'RS256' as const,
  };
}

function featuresOf({ requestOf }: ProviderDeps): Configuration['features'] {
  const off = { enabled: false } as const;
  return {
    devInteractions: off,
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: (ctx) => ({ ...requestOf(ctx) }),
    },
    // Ours: see `surfaces/oauth.ts`.
    userinfo: off,
    revocation: off,
    dPoP: off,
    pushedAuthorizationRequests: off,
    resourceIndicators: off,
    rpInitiatedLogout: off,
  };
}

/** One page asks for everything: its answer holds the person and the consent, or neither. */
function approvalPolicy() {
  const { base, Check, Prompt } = interactionPolicy;
  const policy = base();
  policy.clear();
  const unless = (done: (ctx: KoaContextWithOIDC) => unknown) => (ctx: KoaContextWithOIDC) =>
    done(ctx) === undefined;
  const login = new Check(
    'person_unknown',
    'a person has to sign in',
    unless((ctx) => ctx.oidc.result?.login),
  );
  const consent = new Check(
    'not_approved',
    'a person has to approve',
    unless((ctx) => ctx.oidc.result?.consent),
  );
  policy.add(new Prompt({ name: 'login', requestable: true }, login));
  policy.add(new Prompt({ name: 'consent', requestable: true }, consent));
  return policy;
}

async function findAccount(storage: Storage, userId: string) {
  const standing = await userStanding(storage, userId);
  if (standing === undefined) return undefined;
  const { id, name } = standing.user;
  return { accountId: id, claims: async () => ({ sub: id, ...(name === '' ? {} : { name }) }) };
}

import type Provider from 'oidc-provider';
import { recordAudit } from '../../core/audit.ts';
import { ServiceError } from '../../core/errors.ts';
import type { OidcArtifact } from '../../core/model.ts';
import type { Clock, RequestContext, Storage } from '../../core/ports/index.ts';
import { createRateLimit } from '../../core/rate-limit.ts';
import type { DeviceApprovals, DeviceView, SignedInBrowser } from '../../core/services.ts';
import { programOf } from '../../core/user-agent.ts';
import { clients, isClientId, knownScopes } from './clients.ts';

const minute = 60 * 1000;
/** OA20: with 20^8 codes, this leaves a guess less than one chance in ten million per code's life and address. */
const wrongTries = {
  address: { most: 5, window: minute },
  browser: { most: 20, window: 12 * 60 * minute },
} as const;

const codePattern = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;

export type DeviceApprovalDeps = { storage: Storage; clock: Clock; provider: () => Provider };

/** Device logins that wait for a person, on the engine's own device codes. */
export function createDeviceApprovals(deps: DeviceApprovalDeps): DeviceApprovals {
  const { clock, storage } = deps;
  const perAddress = createRateLimit(clock, wrongTries.address);
  const perBrowser = createRateLimit(clock, wrongTries.browser);

  function countTry(browser: SignedInBrowser, request: RequestContext): () => void {
    const wait = Math.max(perAddress.take(request.ip), perBrowser.take(browser.session.id));
    if (wait > 0) {
      throw new ServiceError('rate-limited', 'Too many wrong codes', { retryAfter: Math.ceil(wait / 1000) });
    }
    return () => {
      perAddress.giveBack(request.ip);
      perBrowser.giveBack(browser.session.id);
    };
  }

  return {
    async show(userCode, browser, request) {
      const giveBack = countTry(browser, request);
      const artifact = await storage.transaction((step) => claim(step, clock, normalize(userCode), browser));
      if (artifact === undefined) return undefined;
      giveBack();
      return viewOf(artifact);
    },
    async approve(userCode, browser, request) {
      const answer = await grantFor(deps, normalize(userCode), browser);
      return answer !== undefined && settle(deps, userCode, browser, request, 'device.approve', answer);
    },
    deny: (userCode, browser, request) =>
      settle(deps, userCode, browser, request, 'device.deny', {
        error: 'access_denied',
        errorDescription: 'the person denied the login',
      }),
  };
}

/** As the engine stores it: people type codes in lower case, with spaces or without the hyphen. */
const normalize = (userCode: string): string => userCode.toUpperCase().replace(/[^A-Z]/g, '');

async function findWaiting(
  storage: Storage,
  clock: Clock,
  userCode: string,
): Promise<OidcArtifact | undefined> {
  if (!codePattern.test(userCode)) return undefined;
  const artifact = await storage.oidcArtifacts.findByUserCode('DeviceCode', userCode);
  if (artifact === undefined || artifact.consumedAt !== null || clock.now() >= (artifact.expiresAt ?? 0))
    return undefined;
  const { accountId, error } = artifact.payload;
  return accountId === undefined && error === undefined ? artifact : undefined;
}

const claimModel = 'DeviceClaim';

async function holderOf(storage: Storage, artifact: OidcArtifact): Promise<unknown> {
  return (await storage.oidcArtifacts.get(claimModel, artifact.id))?.payload.browserSessionId;
}

/** The first browser that shows a code has it; for all others it does not exist (OA21). */
async function claim(
  step: Storage,
  clock: Clock,
  userCode: string,
  browser: SignedInBrowser,
): Promise<OidcArtifact | undefined> {
  const artifact = await findWaiting(step, clock, userCode);
  if (artifact === undefined) return undefined;
  const holder = await holderOf(step, artifact);
  if (holder !== undefined) return holder === browser.session.id ? artifact : undefined;
  await step.oidcArtifacts.put({
    model: claimModel,
    id: artifact.id,
    payload: { browserSessionId: browser.session.id },
    grantId: null,
    userCode: null,
    uid: null,
    expiresAt: artifact.expiresAt,
    consumedAt: null,
  });
  return artifact;
}

/** What the engine reads from an approved device code. */
async function grantFor(
  { storage, clock, provider }: DeviceApprovalDeps,
  userCode: string,
  { session, user }: SignedInBrowser,
): Promise<Record<string, unknown> | undefined> {
  const artifact = await findWaiting(storage, clock, userCode);
  if (artifact === undefined) return undefined;
  const { clientId, params } = artifact.payload as DevicePayload;
  const scope = knownScopes(params.scope).join(' ');
  const grant = new (provider().Grant)({ accountId: user.id, clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  return { accountId: user.id, grantId, scope, authTime: Math.floor(session.authenticatedAt / 1000) };
}

async function settle(
  { storage, clock }: DeviceApprovalDeps,
  userCode: string,
  browser: SignedInBrowser,
  request: RequestContext,
  action: string,
  answer: Record<string, unknown>,
): Promise<boolean> {
  return storage.transaction(async (step) => {
    const artifact = await findWaiting(step, clock, normalize(userCode));
    if (artifact === undefined || (await holderOf(step, artifact)) !== browser.session.id) return false;
    const { grantId } = answer;
    const grant = typeof grantId === 'string' ? { grantId } : {};
    await step.oidcArtifacts.put({ ...artifact, ...grant, payload: { ...artifact.payload, ...answer } });
    const { clientId } = artifact.payload as DevicePayload;
    const by = { actor: `user:${browser.user.id}`, request };
    await recordAudit(step, clock, by, { action, detail: { client: clientId } });
    return true;
  });
}

type DevicePayload = {
  clientId: string;
  params: { scope?: string };
  userCode: string;
  iat: number;
  exp: number;
  deviceInfo: RequestContext;
};

function viewOf(artifact: OidcArtifact): DeviceView | undefined {
  const { clientId, params, userCode, iat, exp, deviceInfo } = artifact.payload as DevicePayload;
  if (!isClientId(clientId)) return undefined;
  return {
    userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}`,
    client: { id: clientId, name: clients[clientId].name },
    scope: knownScopes(params.scope),
    ip: deviceInfo.ip,
    program: programOf(deviceInfo.userAgent),
    createdAt: iat * 1000,
    expiresAt: exp * 1000,
  };
}

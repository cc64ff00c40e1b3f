import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DenyReason, decide } from '../core/decide.ts';
import { type CredentialProblem, credentialError, ServiceError } from '../core/errors.ts';
import type { Catalog, CredentialVerifier, ResolvedIndex, Verified } from '../core/ports/index.ts';
import type { Principal } from '../core/principal.ts';
import type { IndexAddress, RegistryProtocol } from './registry.ts';

export type GatewayDeps = {
  verifier: CredentialVerifier;
  catalog: Catalog;
  protocols: readonly RegistryProtocol[];
  /** Answers with the wire form of the error; cuts the connection when the head was sent already. Must not throw. */
  writeProblem(response: ServerResponse, error: unknown, request: IncomingMessage): void;
  /** The outcome of each request's check. */
  count(decision: 'allow' | DenyReason | CredentialProblem): void;
};

/**
 * The way of every request for a package: one canonical path, one check of the credential, one resolved index, one
 * decision; then the protocol serves it. What is warm is answered in the same turn, without waiting for anything.
 */
export type Gateway = {
  /** Takes the requests of its protocols and says so with `true`. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** A hosted project of any protocol has changed. */
  hostedChanged(registryId: string, project: string): void;
  stop(): Promise<void>;
};

export function createGateway(deps: GatewayDeps): Gateway {
  const { protocols } = deps;
  return {
    handle(request, response) {
      const target = request.url ?? '';
      const protocol = protocols.find((one) => one.owns(target));
      if (protocol === undefined) return false;
      const fail = (error: unknown) => deps.writeProblem(response, error, request);
      try {
        const pending = answer(deps, protocol, target, request, response);
        if (pending !== undefined) pending.catch(fail);
      } catch (error) {
        fail(error);
      }
      return true;
    },
    hostedChanged(registryId, project) {
      for (const protocol of protocols) protocol.hostedChanged(registryId, project);
    },
    async stop() {
      await Promise.all(protocols.map((protocol) => protocol.stop()));
    },
  };
}

type Pending = void | Promise<void>;

function answer(
  deps: GatewayDeps,
  protocol: RegistryProtocol,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Pending {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    throw new ServiceError('method-not-allowed', 'an index answers GET and HEAD only');
  }
  const parsed = protocol.parse(target);
  if (parsed.kind === 'malformed')
    throw new ServiceError('invalid-request', 'the path has no canonical form');
  const verified = deps.verifier.verify(request.headers.authorization);
  const serve = (principal: Principal): Pending => {
    if (parsed.kind === 'nothing') throw new ServiceError('not-found', 'no index is at this address');
    const { route } = parsed;
    const allowed = admit(deps, protocol, route, principal);
    return allowed instanceof Promise
      ? allowed.then((index) => protocol.serve(route, index, request, response))
      : protocol.serve(route, allowed, request, response);
  };
  return verified instanceof Promise
    ? verified.then((done) => serve(principalOf(deps, done)))
    : serve(principalOf(deps, verified));
}

function principalOf(deps: GatewayDeps, verified: Verified): Principal {
  if (verified.ok) return verified.principal;
  deps.count(verified.problem);
  throw credentialError(verified.problem, verified.message);
}

function admit(
  deps: GatewayDeps,
  { kind }: RegistryProtocol,
  address: IndexAddress,
  principal: Principal,
): ResolvedIndex | Promise<ResolvedIndex> {
  if (!isSlug(address.organization) || !isIndexName(address.index))
    return judge(deps, address, principal, undefined);
  const resolved = deps.catalog.resolve(address.organization, address.index, kind);
  return resolved instanceof Promise
    ? resolved.then((index) => judge(deps, address, principal, index))
    : judge(deps, address, principal, resolved);
}

const isSlug = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
const isIndexName = (text: string): boolean => /^[a-z0-9][a-z0-9._-]{0,62}$/.test(text);

/** What is absent and what an outsider may not know of get the same decision and the same words (GW07). */
function judge(
  deps: GatewayDeps,
  address: IndexAddress,
  principal: Principal,
  index: ResolvedIndex | undefined,
): ResolvedIndex {
  const decision = decide(principal, 'index.read', {
    kind: 'index',
    organization: address.organization,
    view: address.index,
    public: index?.public ?? false,
    subscription: index?.subscription ?? 'active',
  });
  if (!decision.allow) {
    deps.count(decision.reason);
    throw refusal(decision.reason, address);
  }
  if (index === undefined) {
    deps.count('not-found');
    throw refusal('not-found', address);
  }
  deps.count('allow');
  return index;
}

function refusal(reason: DenyReason, { organization, index }: IndexAddress): ServiceError {
  const name = `${organization}/${index}`;
  switch (reason) {
    case 'unauthenticated':
      return new ServiceError('unauthenticated', 'this index needs a login');
    case 'forbidden':
      return new ServiceError(
        'forbidden',
        `this credential may not read ${name}; an administrator of ${organization} can allow it`,
      );
    case 'subscription-ended':
      return new ServiceError(
        'subscription-ended',
        `the subscription of ${organization} has ended; an owner of it can renew it`,
      );
    case 'not-found':
      return new ServiceError('not-found', `no index ${name} is here that this credential may know of`);
  }
}

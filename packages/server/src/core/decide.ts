import type { Role, Subscription } from './model.ts';
import type { Principal } from './principal.ts';

/**
 * The only yes or no of the service: may this principal do this to that?
 *
 * Pure: no clock, no storage. Whoever asks brings the facts. A new action is a row of `rules`; the table test
 * fails until it has its expected answers for every role and every kind of principal.
 */
export type Resource =
  | { kind: 'service' }
  | { kind: 'self' }
  | { kind: 'organization'; slug: string }
  | { kind: 'index'; organization: string; view: string; public: boolean; subscription: SubscriptionState };

export type SubscriptionState = 'active' | 'ended';

/** Tokens and reads go on for this long after a subscription's end. */
export const subscriptionGrace = 30 * 24 * 60 * 60 * 1000;

/** An organization without a subscription is not limited by one. */
export function subscriptionState(subscription: Subscription | undefined, now: number): SubscriptionState {
  if (subscription === undefined) return 'active';
  if (subscription.cancelledAt !== null && subscription.cancelledAt <= now) return 'ended';
  return now < subscription.endsAt + subscriptionGrace ? 'active' : 'ended';
}

type Rule =
  /** Reading a view or registry. */
  | { kind: 'read' }
  /** Putting files into a hosted registry. */
  | { kind: 'upload' }
  /** What a person does to the own account. `credentials`: also with an API key, not only after signing in. */
  | { kind: 'self'; withKey: boolean }
  /** Needs one of the roles in the organization, as a signed-in person. */
  | { kind: 'role'; roles: readonly Role[] };

const everyone = ['owner', 'admin', 'member'] as const;
const administrators = ['owner', 'admin'] as const;
const owners = ['owner'] as const;

export const rules = {
  'index.read': { kind: 'read' },
  'package.upload': { kind: 'upload' },
  'profile.read': { kind: 'self', withKey: true },
  'profile.change': { kind: 'self', withKey: false },
  'session.list': { kind: 'self', withKey: false },
  'session.revoke': { kind: 'self', withKey: false },
  'login.approve': { kind: 'self', withKey: false },
  'api-key.list': { kind: 'self', withKey: false },
  'api-key.revoke': { kind: 'self', withKey: false },
  'api-key.create': { kind: 'role', roles: everyone },
  'organization.read': { kind: 'role', roles: everyone },
  'individual-token.issue': { kind: 'role', roles: everyone },
  'organization.change': { kind: 'role', roles: administrators },
  'member.manage': { kind: 'role', roles: administrators },
  'seat.manage': { kind: 'role', roles: administrators },
  'registry.manage': { kind: 'role', roles: administrators },
  'view.manage': { kind: 'role', roles: administrators },
  'service-account.manage': { kind: 'role', roles: administrators },
  'site-token.manage': { kind: 'role', roles: administrators },
  'accessor.manage': { kind: 'role', roles: administrators },
  'audit.read': { kind: 'role', roles: administrators },
  'owner.manage': { kind: 'role', roles: owners },
  'subscription.manage': { kind: 'role', roles: owners },
  'organization.delete': { kind: 'role', roles: owners },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;

/** Why not. Each becomes one HTTP status: 401, 403, 402, 404. */
export type DenyReason = 'unauthenticated' | 'forbidden' | 'subscription-ended' | 'not-found';
export type Decision = { allow: true } | { allow: false; reason: DenyReason };

const allow: Decision = { allow: true };
const deny = (reason: DenyReason): Decision => ({ allow: false, reason });

export function decide(principal: Principal, action: Action, resource: Resource): Decision {
  if (principal.kind === 'anonymous') return deny('unauthenticated');
  const rule: Rule = rules[action];
  switch (rule.kind) {
    case 'read':
      return resource.kind === 'index' ? decideRead(principal, resource) : deny('forbidden');
    case 'upload':
      return resource.kind === 'index' ? decideUpload(principal, resource) : deny('forbidden');
    case 'self':
      return resource.kind === 'self' ? decideSelf(principal, rule.withKey) : deny('forbidden');
    case 'role':
      return resource.kind === 'organization'
        ? decideRole(principal, resource.slug, rule.roles)
        : deny('forbidden');
  }
}

type Index = Extract<Resource, { kind: 'index' }>;

function decideRead(principal: Principal, index: Index): Decision {
  const belongs = belongsTo(principal, index.organization);
  if (!belongs) return index.public ? allow : deny('not-found');
  if (index.subscription === 'ended') return index.public ? allow : deny('subscription-ended');
  if (index.public) return allow;
  if (principal.kind === 'service-account' || principal.kind === 'accessor') {
    return principal.views === 'all' || principal.views.includes(index.view) ? allow : deny('forbidden');
  }
  return allow;
}

function decideUpload(principal: Principal, index: Index): Decision {
  if (!belongsTo(principal, index.organization)) return deny(index.public ? 'forbidden' : 'not-found');
  if (index.subscription === 'ended') return deny('subscription-ended');
  if (principal.kind !== 'user' || principal.readOnly === true) return deny('forbidden');
  return principal.credential === 'access-token' || principal.credential === 'api-key'
    ? allow
    : deny('forbidden');
}

function decideSelf(principal: Principal, withKey: boolean): Decision {
  if (principal.kind === 'service-account') return withKey ? allow : deny('forbidden');
  if (principal.kind !== 'user') return deny('forbidden');
  return withKey || isSignedIn(principal) ? allow : deny('forbidden');
}

function decideRole(principal: Principal, slug: string, wanted: readonly Role[]): Decision {
  if (!belongsTo(principal, slug)) return deny('not-found');
  if (principal.kind !== 'user' || !isSignedIn(principal)) return deny('forbidden');
  const role = principal.roles[slug];
  return role !== undefined && wanted.includes(role) ? allow : deny('forbidden');
}

/**
 * A long-lived key must not be able to make keys or approve logins: that takes a person who signed in, and a login that
 * was not limited to reading.
 */
function isSignedIn(principal: Extract<Principal, { kind: 'user' }>): boolean {
  if (principal.readOnly === true) return false;
  return principal.credential === 'access-token' || principal.credential === 'browser-session';
}

function belongsTo(principal: Principal, slug: string): boolean {
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'user':
      if (principal.onlyOrganization !== null && principal.onlyOrganization !== slug) return false;
      return Object.hasOwn(principal.roles, slug);
    case 'service-account':
    case 'accessor':
    case 'site-token':
      return principal.organization === slug;
  }
}

import { describe, expect, it } from 'vitest';
import {
  type Action,
  type Decision,
  decide,
  type Resource,
  rules,
  subscriptionGrace,
  subscriptionState,
} from './decide.ts';
import type { CredentialKind, Principal } from './principal.ts';
import { anonymous } from './principal.ts';

const user = (
  credential: CredentialKind,
  roles: Record<string, 'owner' | 'admin' | 'member'>,
  onlyOrganization: string | null = null,
): Principal => ({
  kind: 'user',
  userId: 'usr_1',
  credential,
  roles,
  onlyOrganization,
  credentialId: 'cred_1',
});

const principals = {
  nobody: anonymous,
  owner: user('access-token', { acme: 'owner' }),
  admin: user('access-token', { acme: 'admin' }),
  member: user('access-token', { acme: 'member' }),
  stranger: user('access-token', { other: 'owner' }),
  ownerBrowser: user('browser-session', { acme: 'owner' }),
  ownerKey: user('api-key', { acme: 'owner' }, 'acme'),
  otherKey: user('api-key', { acme: 'owner', other: 'owner' }, 'other'),
  individual: user('individual-token', { acme: 'member' }, 'acme'),
  site: { kind: 'site-token', organization: 'acme', credentialId: 'tok_1' },
  robotMain: {
    kind: 'service-account',
    serviceAccountId: 'sa_1',
    organization: 'acme',
    credential: 'api-key',
    credentialId: 'key_1',
    views: ['main'],
  },
  robotElsewhere: {
    kind: 'service-account',
    serviceAccountId: 'sa_2',
    organization: 'acme',
    credential: 'api-key',
    credentialId: 'key_2',
    views: ['gpu'],
  },
  robotAll: {
    kind: 'service-account',
    serviceAccountId: 'sa_3',
    organization: 'acme',
    credential: 'api-key',
    credentialId: 'key_3',
    views: 'all',
  },
  ci: { kind: 'accessor', accessorId: 'acc_1', organization: 'acme', views: ['main'], credentialId: 'jti_1' },
  reader: {
    kind: 'user',
    userId: 'usr_1',
    credential: 'access-token',
    roles: { acme: 'owner' },
    onlyOrganization: null,
    credentialId: 'ses_1',
    readOnly: true,
  },
} satisfies Record<string, Principal>;
type Name = keyof typeof principals;
const names = Object.keys(principals) as Name[];

const index = (overrides: Partial<Extract<Resource, { kind: 'index' }>> = {}): Resource => ({
  kind: 'index',
  organization: 'acme',
  view: 'main',
  public: false,
  subscription: 'active',
  ...overrides,
});
const acme: Resource = { kind: 'organization', slug: 'acme' };

/** One letter an answer: a allow, u unauthenticated, f forbidden, e subscription ended, n not found. */
const letter = (decision: Decision) =>
  decision.allow
    ? 'a'
    : { unauthenticated: 'u', forbidden: 'f', 'subscription-ended': 'e', 'not-found': 'n' }[decision.reason];

//                                     nobody owner admin member stranger ownerBrowser ownerKey otherKey individual site robotMain robotElsewhere robotAll ci reader
const roleEveryone = 'u a a a n a f n f f f f f f f';
const roleAdministrators = 'u a a f n a f n f f f f f f f';
const roleOwners = 'u a f f n a f n f f f f f f f';
const selfSignedIn = 'u a a a a a f f f f f f f f f';

const table: Record<Action, [Resource, string][]> = {
  'index.read': [
    [index(), 'u a a a n a a n a a a f a a a'],
    [index({ public: true }), 'u a a a a a a a a a a a a a a'],
    [index({ subscription: 'ended' }), 'u e e e n e e n e e e e e e e'],
    [index({ subscription: 'ended', public: true }), 'u a a a a a a a a a a a a a a'],
  ],
  'package.upload': [
    [index(), 'u a a a n f a n f f f f f f f'],
    [index({ public: true }), 'u a a a f f a f f f f f f f f'],
    [index({ subscription: 'ended' }), 'u e e e n e e n e e e e e e e'],
  ],
  'profile.read': [[{ kind: 'self' }, 'u a a a a a a a a f a a a f a']],
  'profile.change': [[{ kind: 'self' }, selfSignedIn]],
  'session.list': [[{ kind: 'self' }, selfSignedIn]],
  'session.revoke': [[{ kind: 'self' }, selfSignedIn]],
  'login.approve': [[{ kind: 'self' }, selfSignedIn]],
  'api-key.list': [[{ kind: 'self' }, selfSignedIn]],
  'api-key.revoke': [[{ kind: 'self' }, selfSignedIn]],
  'api-key.create': [[acme, roleEveryone]],
  'organization.read': [[acme, roleEveryone]],
  'individual-token.issue': [[acme, roleEveryone]],
  'organization.change': [[acme, roleAdministrators]],
  'member.manage': [[acme, roleAdministrators]],
  'seat.manage': [[acme, roleAdministrators]],
  'registry.manage': [[acme, roleAdministrators]],
  'view.manage': [[acme, roleAdministrators]],
  'service-account.manage': [[acme, roleAdministrators]],
  'site-token.manage': [[acme, roleAdministrators]],
  'accessor.manage': [[acme, roleAdministrators]],
  'audit.read': [[acme, roleAdministrators]],
  'owner.manage': [[acme, roleOwners]],
  'subscription.manage': [[acme, roleOwners]],
  'organization.delete': [[acme, roleOwners]],
};

describe('decide: every action × principal × resource', () => {
  for (const [action, rows] of Object.entries(table) as [Action, [Resource, string][]][]) {
    for (const [resource, expected] of rows) {
      it(`${action} on ${JSON.stringify(resource)}`, () => {
        const actual = Object.fromEntries(
          names.map((name) => [name, letter(decide(principals[name], action, resource))]),
        );
        const wanted = Object.fromEntries(expected.split(' ').map((answer, at) => [names[at], answer]));
        expect(actual).toEqual(wanted);
      });
    }
  }

  it('has a row for each action, and each row an answer for each principal', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(rules).sort());
    for (const rows of Object.values(table))
      for (const [, expected] of rows) expect(expected.split(' ')).toHaveLength(names.length);
  });

  it('never allows an action on a resource of another kind', () => {
    const resources: Resource[] = [{ kind: 'service' }, { kind: 'self' }, acme, index()];
    for (const action of Object.keys(rules) as Action[]) {
      const fitting = new Set(table[action].map(([resource]) => resource.kind));
      for (const resource of resources.filter(({ kind }) => !fitting.has(kind))) {
        for (const name of names)
          expect(decide(principals[name], action, resource).allow, `${name} ${action} ${resource.kind}`).toBe(
            false,
          );
      }
    }
  });

  it('AD08: an organization named like an object member grants nothing', () => {
    for (const slug of ['__proto__', 'constructor', 'toString']) {
      expect(decide(principals.owner, 'organization.read', { kind: 'organization', slug })).toEqual({
        allow: false,
        reason: 'not-found',
      });
    }
  });
});

describe('subscription state (AK12: exact boundaries)', () => {
  const subscription = {
    orgId: 'org_1',
    plan: 'team',
    seats: 5,
    startsAt: 0,
    endsAt: 1000,
    cancelledAt: null,
  };
  it.each([
    ['none', undefined, 0, 'active'],
    ['running', subscription, 999, 'active'],
    ['last instant of the 30 days', subscription, 1000 + subscriptionGrace - 1, 'active'],
    ['30 days after its end', subscription, 1000 + subscriptionGrace, 'ended'],
    ['cancelled in the future', { ...subscription, cancelledAt: 500 }, 499, 'active'],
    ['cancelled now', { ...subscription, cancelledAt: 500 }, 500, 'ended'],
  ] as const)('%s', (_name, given, now, expected) => {
    expect(subscriptionState(given, now)).toBe(expected);
  });
});

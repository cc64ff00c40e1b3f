import { ServiceError } from '../core/errors.ts';
import type { Subscription } from '../core/model.ts';
import { iso, one } from './answers.ts';
import { countOption, momentOption, organizationOf, positional, required, userOf } from './arguments.ts';
import { type Administration, by, type Command, type Input } from './command.ts';

const text = { type: 'string' } as const;

export const subscriptionCommands: readonly Command[] = [
  {
    path: ['subscription', 'set'],
    usage: 'ORG --plan P --seats N --ends ISO',
    summary: 'Begin or renew the subscription of an organization.',
    positionals: 1,
    options: { plan: text, seats: text, ends: text },
    async run(administration, input) {
      const { id, slug } = await organizationOf(administration, positional(input, 0));
      const wanted = {
        orgId: id,
        plan: required(input, 'plan'),
        seats: countOption(input, 'seats'),
        endsAt: momentOption(input, 'ends'),
      };
      return described(administration, slug, await administration.subscriptions.set(wanted, by));
    },
  },
  {
    path: ['subscription', 'cancel'],
    usage: 'ORG',
    summary: 'End the subscription at once, with everything that depends on it.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { id, slug } = await organizationOf(administration, positional(input, 0));
      return described(administration, slug, await administration.subscriptions.cancel(id, by));
    },
  },
  {
    path: ['subscription', 'show'],
    usage: 'ORG',
    summary: 'Show the subscription of an organization and its seats.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { id, slug } = await organizationOf(administration, positional(input, 0));
      const subscription = await administration.storage.organizations.subscriptions.get(id);
      if (subscription === undefined)
        throw new ServiceError(
          'not-found',
          `${slug} has no subscription, so nothing limits it and it has no seats`,
        );
      return described(administration, slug, subscription);
    },
  },
  {
    path: ['seat', 'assign'],
    usage: 'ORG EMAIL',
    summary: 'Give a member one of the seats of the subscription.',
    positionals: 2,
    options: {},
    async run(administration, input) {
      const { orgId, slug, userId, email } = await memberOf(administration, input);
      await administration.subscriptions.assignSeat(orgId, userId, by);
      return one({ organization: slug, email, seat: true });
    },
  },
  {
    path: ['seat', 'release'],
    usage: 'ORG EMAIL',
    summary: 'Take the seat of a member back.',
    positionals: 2,
    options: {},
    async run(administration, input) {
      const { orgId, slug, userId, email } = await memberOf(administration, input);
      const released = await administration.subscriptions.releaseSeat(orgId, userId, by);
      if (!released) throw new ServiceError('not-found', `${email} has no seat in ${slug}`);
      return one({ organization: slug, email, seat: false });
    },
  },
];

async function described({ storage }: Administration, organization: string, subscription: Subscription) {
  const taken = await storage.organizations.seats.list(subscription.orgId);
  return one({
    organization,
    plan: subscription.plan,
    seats: subscription.seats,
    seats_taken: taken.length,
    starts_at: iso(subscription.startsAt),
    ends_at: iso(subscription.endsAt),
    cancelled_at: iso(subscription.cancelledAt),
  });
}

async function memberOf(administration: Administration, input: Input) {
  const organization = await organizationOf(administration, positional(input, 0));
  const user = await userOf(administration, positional(input, 1));
  return { orgId: organization.id, slug: organization.slug, userId: user.id, email: user.email };
}

import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { Subscription } from '../model.ts';
import type { Clock, Epoch, Storage } from '../ports/index.ts';
import type { By } from '../services.ts';

export type NewSubscription = { orgId: string; plan: string; seats: number; endsAt: number };

/** Subscriptions and the seats that they hold. */
export type Subscriptions = {
  /** Begins or renews; a renewal that follows a cancellation lifts it. `invalid-request` for an end that is past. */
  set(input: NewSubscription, by: By): Promise<Subscription>;
  /** In force at once. `not-found` when the organization has none. */
  cancel(orgId: string, by: By): Promise<Subscription>;
  /** `forbidden` when every seat is taken, `not-found` when the user is not a member. */
  assignSeat(orgId: string, userId: string, by: By): Promise<void>;
  /** False when the user had none. */
  releaseSeat(orgId: string, userId: string, by: By): Promise<boolean>;
};

export type SubscriptionDeps = { storage: Storage; clock: Clock; epoch: Epoch };

export function createSubscriptions(deps: SubscriptionDeps): Subscriptions {
  const { storage, clock, epoch } = deps;
  const change = async <T>(work: (step: Storage) => Promise<T>): Promise<T> => {
    const result = await storage.transaction(async (step) => {
      const done = await work(step);
      await step.revocations.bump();
      return done;
    });
    await epoch.refresh();
    return result;
  };
  return {
    set: ({ orgId, plan, seats, endsAt }, by) =>
      change(async (step) => {
        const now = clock.now();
        if (endsAt <= now) throw new ServiceError('invalid-request', 'A subscription must end in the future');
        const former = await step.organizations.subscriptions.get(orgId);
        const subscription = {
          orgId,
          plan,
          seats,
          startsAt: former?.startsAt ?? now,
          endsAt,
          cancelledAt: null,
        };
        await step.organizations.subscriptions.put(subscription);
        const detail = { plan, seats, endsAt };
        await recordAudit(step, clock, by, { action: 'subscription.set', orgId, target: orgId, detail });
        return subscription;
      }),
    cancel: (orgId, by) =>
      change(async (step) => {
        const former = await step.organizations.subscriptions.get(orgId);
        if (former === undefined) throw new ServiceError('not-found', 'The organization has no subscription');
        const cancelled = { ...former, cancelledAt: former.cancelledAt ?? clock.now() };
        await step.organizations.subscriptions.put(cancelled);
        await recordAudit(step, clock, by, { action: 'subscription.cancel', orgId, target: orgId });
        return cancelled;
      }),
    assignSeat: (orgId, userId, by) => change((step) => assignSeat(step, deps, { orgId, userId }, by)),
    releaseSeat: (orgId, userId, by) =>
      change(async (step) => {
        const released = await step.organizations.seats.release(orgId, userId);
        if (released) await recordAudit(step, clock, by, { action: 'seat.release', orgId, target: userId });
        return released;
      }),
  };
}

type SeatOf = { orgId: string; userId: string };

async function assignSeat(
  step: Storage,
  { clock }: SubscriptionDeps,
  { orgId, userId }: SeatOf,
  by: By,
): Promise<void> {
  if ((await step.organizations.members.get(orgId, userId)) === undefined) {
    throw new ServiceError('not-found', 'The user is not a member of the organization');
  }
  const subscription = await step.organizations.subscriptions.get(orgId);
  if (subscription === undefined)
    throw new ServiceError('forbidden', 'The organization has no subscription, so it has no seats');
  const outcome = await step.organizations.seats.assign(
    { orgId, userId, assignedAt: clock.now() },
    subscription.seats,
  );
  if (outcome === 'full') throw new ServiceError('forbidden', `All ${subscription.seats} seats are taken`);
  await recordAudit(step, clock, by, { action: 'seat.assign', orgId, target: userId });
}

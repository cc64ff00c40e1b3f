import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { ServiceAccount } from '../model.ts';
import type { Clock, Epoch, Random, Storage } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import { revokedUntil, subjectOf } from '../revocations.ts';
import type { By } from '../services.ts';

export type NewServiceAccount = {
  orgId: string;
  name: string /** Names of the views it may read. */;
  views: readonly string[] | 'all';
};

export type ServiceAccounts = {
  /** `invalid-request` for an empty or long name, `conflict` for one in use, `not-found` for a view that is not there. */
  create(input: NewServiceAccount, by: By): Promise<ServiceAccount>;
  /** Its keys and tokens are refused from here on. False when it was disabled before; `not-found` when unknown. */
  disable(id: string, by: By): Promise<boolean>;
};

export type ServiceAccountDeps = { storage: Storage; clock: Clock; random: Random; epoch: Epoch };

export function createServiceAccounts({
  storage,
  clock,
  random,
  epoch,
}: ServiceAccountDeps): ServiceAccounts {
  return {
    async create({ orgId, name, views }, by) {
      if (name.trim() === '' || name.length > 100) {
        throw new ServiceError('invalid-request', 'A service account has a name of at most 100 characters');
      }
      const account: ServiceAccount = {
        id: newId(random, 'sva'),
        orgId,
        name,
        createdAt: clock.now(),
        disabledAt: null,
      };
      await storage.transaction(async (step) => {
        const others = await step.serviceAccounts.list(orgId);
        if (others.some((one) => one.name === name))
          throw new ServiceError('conflict', `There is a service account ${name} already`);
        await step.serviceAccounts.insert(account);
        const grantee = { orgId, granteeKind: 'service-account', granteeId: account.id } as const;
        for (const viewId of await viewIds(step, orgId, views))
          await step.registries.putGrant({ ...grantee, viewId });
        await step.revocations.bump();
        const detail = { name, views: views === 'all' ? views : [...views] };
        await recordAudit(step, clock, by, {
          action: 'service-account.create',
          orgId,
          target: account.id,
          detail,
        });
      });
      await epoch.refresh();
      return account;
    },
    async disable(id, by) {
      const disabled = await storage.transaction(async (step) => {
        const account = await step.serviceAccounts.get(id);
        if (account === undefined) throw new ServiceError('not-found', 'There is no such service account');
        const at = clock.now();
        if (!(await step.serviceAccounts.disable(id, at))) return false;
        await step.revocations.add([revokedUntil(subjectOf.user(id), at)]);
        await recordAudit(step, clock, by, {
          action: 'service-account.disable',
          orgId: account.orgId,
          target: id,
        });
        return true;
      });
      await epoch.refresh();
      return disabled;
    },
  };
}

/** `null` stands for the whole organization. */
async function viewIds(
  storage: Storage,
  orgId: string,
  names: readonly string[] | 'all',
): Promise<(string | null)[]> {
  if (names === 'all') return [null];
  const views = await storage.registries.listViews(orgId);
  return names.map((name) => {
    const view = views.find((one) => one.name === name);
    if (view === undefined) throw new ServiceError('not-found', `The organization has no view ${name}`);
    return view.id;
  });
}

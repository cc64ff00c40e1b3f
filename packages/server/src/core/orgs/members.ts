import { recordAudit } from '../audit.ts';
import type { Clock, Epoch, Storage } from '../ports/index.ts';
import { revokedForGood, revokedUntil, subjectOf } from '../revocations.ts';
import type { Members } from '../services.ts';

export type MemberDeps = { storage: Storage; clock: Clock; epoch: Epoch };

export function createMembers({ storage, clock, epoch }: MemberDeps): Members {
  return {
    async put(orgId, userId, role, by) {
      const outcome = await storage.transaction(async (step) => {
        const at = clock.now();
        const stored = await step.organizations.members.put({ orgId, userId, role, createdAt: at });
        if (stored === 'last-owner') return stored;
        await step.revocations.add([revokedUntil(subjectOf.roles(userId), at)]);
        await recordAudit(step, clock, by, { action: 'member.put', orgId, target: userId, detail: { role } });
        return stored;
      });
      await epoch.refresh();
      return outcome;
    },
    async remove(orgId, userId, by) {
      const outcome = await storage.transaction(async (step) => {
        const removed = await step.organizations.members.remove(orgId, userId);
        if (removed !== 'removed') return removed;
        const at = clock.now();
        const keys = await step.apiKeys.revokeOfOwner(userId, at, orgId);
        await step.organizationTokens.revokeIndividual(orgId, userId, at);
        await step.revocations.add([
          revokedUntil(subjectOf.roles(userId), at),
          ...keys.map((id) => revokedForGood(subjectOf.apiKey(id), at)),
        ]);
        const detail = { keys: keys.length };
        await recordAudit(step, clock, by, { action: 'member.remove', orgId, target: userId, detail });
        return removed;
      });
      await epoch.refresh();
      return outcome;
    },
  };
}

import type { Clock, Storage } from './ports/index.ts';
import type { By } from './services.ts';

/** What happened; who, when and from where is added. `detail` must hold no secret. */
export type AuditEntry = {
  /** `subject.verb`. */
  action: string;
  orgId?: string;
  target?: string;
  detail?: Record<string, unknown>;
};

/** Appends an event. Call it with the storage of the transaction that makes the change. */
export async function recordAudit(storage: Storage, clock: Clock, by: By, entry: AuditEntry): Promise<void> {
  await storage.audit.append({
    at: clock.now(),
    actor: by.actor,
    action: entry.action,
    orgId: entry.orgId ?? null,
    target: entry.target ?? null,
    detail: entry.detail ?? {},
    ip: by.request?.ip ?? null,
    requestId: by.request?.requestId ?? null,
  });
}

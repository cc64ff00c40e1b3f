import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { AuditEvent, NewAuditEvent } from '../../core/model.ts';
import type { AuditStorage } from '../../core/ports/storage.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Handle } from './handle.ts';
import type { Tables } from './tables.ts';

/** What the first event's hash is chained to. */
export const genesisHash = '0'.repeat(64);
const verifyBatch = 500;

export function auditStorage(handle: Handle): AuditStorage {
  return {
    append: (event) => handle.atomically((step) => append(step, storable(event))),
    list: (filter) => list(handle, filter),
    verify: () => verify(handle),
  };
}

/** SHA-256, in hex, over the previous event's hash, a line feed and the canonical JSON of the event without its own hash. */
export function chainHash(previousHash: string, event: Omit<AuditEvent, 'hash'>): string {
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(event)}`)
    .digest('hex');
}

/** An event must never be lost for the sake of an odd character that a database would refuse or replace. */
function storable(event: NewAuditEvent): NewAuditEvent {
  const clean = <T extends string | null>(text: T) =>
    (text?.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd') ?? null) as T;
  return {
    at: event.at,
    actor: clean(event.actor),
    action: clean(event.action),
    orgId: clean(event.orgId),
    target: clean(event.target),
    detail: JSON.parse(JSON.stringify(event.detail)),
    ip: clean(event.ip),
    requestId: clean(event.requestId),
  };
}

async function append(step: Handle, event: NewAuditEvent): Promise<void> {
  // Taking the head first lets one append at a time pass; its hash is still that of the event before.
  const head = await step.write
    .updateTable('auditHead')
    .set((row) => ({ sequence: row('sequence', '+', 1) }))
    .returning(['sequence', 'hash'])
    .executeTakeFirstOrThrow();
  const sequence = head.sequence;
  const hash = chainHash(head.hash, { ...event, sequence });
  await step.write.updateTable('auditHead').set({ hash }).execute();
  const row = { ...event, sequence, hash, detail: JSON.stringify(event.detail) };
  await step.write.insertInto('auditEvents').values(row).execute();
}

async function list(handle: Handle, filter: Parameters<AuditStorage['list']>[0]): Promise<AuditEvent[]> {
  let query = handle.read.selectFrom('auditEvents').selectAll();
  if (filter.orgId !== undefined) query = query.where('orgId', '=', filter.orgId);
  if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor);
  if (filter.action !== undefined) query = query.where('action', '=', filter.action);
  if (filter.before !== undefined) query = query.where('sequence', '<', filter.before);
  const rows = await query.orderBy('sequence', 'desc').limit(filter.limit).execute();
  return rows.map(eventOf);
}

/** Events that are appended meanwhile are not looked at: the head is read first, and events only ever follow it. */
async function verify(handle: Handle): Promise<number | undefined> {
  const head = await handle.read.selectFrom('auditHead').selectAll().executeTakeFirst();
  if (head === undefined) return 1;
  let previousHash = genesisHash;
  for (let next = 1; next <= head.sequence; ) {
    const rows = await handle.read
      .selectFrom('auditEvents')
      .selectAll()
      .where('sequence', '>=', next)
      .where('sequence', '<=', head.sequence)
      .orderBy('sequence')
      .limit(verifyBatch)
      .execute();
    if (rows.length === 0) return next;
    for (const row of rows) {
      if (row.sequence !== next || !isIntact(row, previousHash)) return next;
      previousHash = row.hash;
      next++;
    }
  }
  return previousHash === head.hash ? undefined : Math.max(head.sequence, 1);
}

function isIntact(row: Selectable<Tables['auditEvents']>, previousHash: string): boolean {
  try {
    const { hash, ...event } = eventOf(row);
    return hash === chainHash(previousHash, event);
  } catch {
    // `detail` is no JSON any more.
    return false;
  }
}

function eventOf(row: Selectable<Tables['auditEvents']>): AuditEvent {
  return { ...row, detail: JSON.parse(row.detail) };
}

import { describe, expect, it } from 'vitest';
import { atOnce, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import { auditEvent, fresh, start } from './storage-samples.ts';

export function auditContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  log(test);
  describe('tampering', () => {
    for (const [name, statement, broken] of tamperings) {
      it(`AD11 finds ${name}`, async () => {
        await using database = await open();
        const { audit } = database.storage;
        for (let number = 1; number <= 5; number++) await audit.append(auditEvent({ detail: { number } }));
        expect(await audit.verify()).toBeUndefined();
        await database.lowerAuditGuard();
        await database.execute(statement);
        expect(await audit.verify()).toBe(broken);
      });
    }
  });
}

const tamperings = [
  ['a changed actor', `update audit_events set actor = 'user:usr_eve' where sequence = 3`, 3],
  ['a changed detail', `update audit_events set detail = '{"number":30}' where sequence = 3`, 3],
  ['a detail that is no JSON any more', `update audit_events set detail = 'x' where sequence = 2`, 2],
  ['a changed hash', `update audit_events set hash = '00' where sequence = 4`, 4],
  ['a deleted event', 'delete from audit_events where sequence = 2', 2],
  ['a deleted end', 'delete from audit_events where sequence = 5', 5],
  ['everything deleted', 'delete from audit_events', 1],
  ['a changed head', `update audit_head set hash = '00'`, 5],
  ['a deleted head', 'delete from audit_head', 1],
] as const;

function log(test: ReturnType<typeof useStorage>): void {
  it('AD11 numbers events without a gap and lists the newest first', async () => {
    const { audit } = test.storage;
    expect(await audit.verify()).toBeUndefined();
    expect(await audit.list({ limit: 9 })).toEqual([]);
    const events = [
      auditEvent(),
      auditEvent({ actor: 'anonymous', ip: null, requestId: null, target: null }),
    ];
    for (const event of events) await audit.append(event);
    const listed = await audit.list({ limit: 9 });
    expect(listed).toMatchObject([
      { ...events[1], sequence: 2 },
      { ...events[0], sequence: 1 },
    ]);
    for (const { hash } of listed) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await audit.verify()).toBeUndefined();
  });

  it('filters by organization, actor and action, and pages', async () => {
    const { audit } = test.storage;
    const [orgId, actor, action] = [fresh('org'), `user:${fresh('usr')}`, 'api-key.create'];
    await audit.append(auditEvent({ orgId }));
    await audit.append(auditEvent({ orgId, actor, action }));
    await audit.append(auditEvent({ actor }));
    await audit.append(auditEvent({ orgId, action }));
    const all = await audit.list({ orgId, limit: 9 });
    expect(all).toHaveLength(3);
    expect(await audit.list({ actor, limit: 9 })).toHaveLength(2);
    expect(await audit.list({ orgId, action, limit: 9 })).toHaveLength(2);
    expect(await audit.list({ orgId, actor, action, limit: 9 })).toHaveLength(1);
    expect(await audit.list({ orgId: fresh('org'), limit: 9 })).toEqual([]);
    const page = await audit.list({ orgId, limit: 2 });
    expect(page).toEqual(all.slice(0, 2));
    expect(await audit.list({ orgId, limit: 2, before: page[1]?.sequence ?? 0 })).toEqual(all.slice(2));
  });

  it('AD11 keeps events with odd content, which cannot forge lines', async () => {
    const { audit } = test.storage;
    const orgId = fresh('org');
    const detail = {
      crlf: 'a\r\nb',
      nul: 'a\0b',
      lone: 'a\ud800b',
      gone: undefined,
      list: [undefined],
      not: Number.NaN,
    };
    await audit.append(auditEvent({ orgId, actor: 'user:\0\ud800\r\nx', target: '\udfff', detail }));
    const [event] = await audit.list({ orgId, limit: 1 });
    expect(event).toMatchObject({ actor: 'user:\ufffd\ufffd\r\nx', target: '\ufffd' });
    expect(event?.detail).toEqual({ crlf: 'a\r\nb', nul: 'a\0b', lone: 'a\ud800b', list: [null], not: null });
    expect(await audit.verify()).toBeUndefined();
  });

  it('AD11 chains events that are appended at once, over several handles', async () => {
    const { audit } = test.storage;
    const orgId = fresh('org');
    const before = (await audit.list({ limit: 1 }))[0]?.sequence ?? 0;
    await atOnce(test.database, 50, (storage, number) =>
      storage.audit.append(auditEvent({ orgId, detail: { number }, at: start + number })),
    );
    const events = await audit.list({ orgId, limit: 100 });
    expect(events.map((event) => event.sequence)).toEqual(
      Array.from({ length: 50 }, (_, index) => before + 50 - index),
    );
    expect(new Set(events.map((event) => event.detail.number)).size).toBe(50);
    expect(await audit.verify()).toBeUndefined();
  });

  it('AD11 checks a chain longer than one batch', { timeout: 30_000 }, async () => {
    const { storage } = test;
    await storage.transaction(async (inner) => {
      for (let number = 0; number < 1200; number++)
        await inner.audit.append(auditEvent({ detail: { number } }));
    });
    expect(await storage.audit.verify()).toBeUndefined();
  });

  it('AD11 lets the database itself refuse to change or delete an event', async () => {
    const { database } = test;
    await database.storage.audit.append(auditEvent());
    await expect(database.execute(`update audit_events set actor = 'user:usr_eve'`)).rejects.toThrow(
      /append-only/,
    );
    await expect(database.execute('delete from audit_events')).rejects.toThrow(/append-only/);
    expect(await database.storage.audit.verify()).toBeUndefined();
  });
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../core/model.ts';
import { chainHash, genesisHash } from './audit.ts';

type Vectors = { genesis: string; events: AuditEvent[] };
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../../vectors/audit-chain/chain.json', import.meta.url), 'utf8'),
);

describe('the chain of audit events', () => {
  it('begins at the published genesis', () => {
    expect(genesisHash).toBe(vectors.genesis);
  });

  it('AD11 hashes each event of the vectors onto the one before', () => {
    let previous = genesisHash;
    for (const { hash, ...event } of vectors.events) {
      expect(chainHash(previous, event)).toBe(hash);
      previous = hash;
    }
    expect(vectors.events.length).toBeGreaterThan(2);
  });

  it('AD11 changes with every member of an event and with the event before', () => {
    const [first] = vectors.events;
    if (first === undefined) throw new Error('the vectors are empty');
    const { hash, ...event } = first;
    const changed: Omit<AuditEvent, 'hash'>[] = [
      { ...event, sequence: 9 },
      { ...event, at: event.at + 1 },
      { ...event, actor: 'anonymous' },
      { ...event, action: 'x.y' },
      { ...event, orgId: 'x' },
      { ...event, target: 'x' },
      { ...event, detail: { x: 1 } },
      { ...event, ip: 'x' },
      { ...event, requestId: 'x' },
    ];
    const hashes = changed.map((variant) => chainHash(genesisHash, variant));
    expect(new Set([hash, chainHash(hash, event), ...hashes]).size).toBe(changed.length + 2);
  });
});

import { describe } from 'vitest';
import { auditContract } from './storage-audit.ts';
import { conversationContract } from './storage-conversations.ts';
import { credentialContract } from './storage-credentials.ts';
import type { OpenStorageUnderTest } from './storage-fixture.ts';
import { peopleContract } from './storage-people.ts';
import { raceContract } from './storage-races.ts';
import { registryContract } from './storage-registries.ts';
import { serviceContract } from './storage-service.ts';
import { sessionContract } from './storage-sessions.ts';
import { transactionContract } from './storage-transactions.ts';

/**
 * The contract of `Storage`: every method and every rule in its docstrings, each with the case that must be refused.
 * `open` is called once per group; each group keeps to ids of its own.
 */
export function storageContract(name: string, open: OpenStorageUnderTest): void {
  describe(`storage contract: ${name}`, () => {
    describe('people', () => peopleContract(open));
    describe('sessions', () => sessionContract(open));
    describe('credentials', () => credentialContract(open));
    describe('registries', () => registryContract(open));
    describe('conversations', () => conversationContract(open));
    describe('service', () => serviceContract(open));
    describe('transactions', () => transactionContract(open));
    describe('races', () => raceContract(open));
    describe('audit', () => auditContract(open));
  });
}

import type { Storage } from '@pkgauth/server';
import { describe } from 'vitest';
import { auditContract } from './storage-audit.ts';
import { conversationContract } from './storage-conversations.ts';
import { credentialContract } from './storage-credentials.ts';
import { peopleContract } from './storage-people.ts';
import { raceContract } from './storage-races.ts';
import { registryContract } from './storage-registries.ts';
import { serviceContract } from './storage-service.ts';
import { sessionContract } from './storage-sessions.ts';
import { transactionContract } from './storage-transactions.ts';

/** One new, empty database. */
export type StorageUnderTest = AsyncDisposable & {
  readonly storage: Storage;
  /** A second handle on the same database where it can have one, as another process would; else `storage` again. */
  readonly other: Storage;
  /** Runs SQL past the storage, as a person with the database's own tools would. */
  execute(statement: string): Promise<void>;
  /** Takes away what keeps audit events from being changed, as an attacker with full rights would. */
  lowerAuditGuard(): Promise<void>;
};

export type OpenStorageUnderTest = () => Promise<StorageUnderTest>;

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

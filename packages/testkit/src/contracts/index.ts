/**
 * Contracts: what every implementation of a port must do, as suites of tests that an implementation's own test file
 * runs on itself. They know the port and nothing of an implementation. To add one: `<port>-contract.ts`, and a line here.
 */
export { storageContract } from './storage-contract.ts';
export type { OpenStorageUnderTest, StorageUnderTest } from './storage-fixture.ts';
export { type StoreTraits, type StoreUnderTest, storeContract } from './store-contract.ts';
export { settingsOfHome, storeInHome } from './store-in-home.ts';

/**
 * Contracts: what every implementation of a port must do, as suites of tests that an implementation's own test file
 * runs on itself. They know the port and nothing of an implementation. To add one: `<port>-contract.ts`, and a line here.
 */
export { type OpenStorageUnderTest, type StorageUnderTest, storageContract } from './storage-contract.ts';

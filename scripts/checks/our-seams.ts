import type { Seam } from './seams.ts';

/** Where pkgauth grows: docs/architecture.md says for each which files a new part touches. */
export const ourSeams: readonly Seam[] = [
  {
    kind: 'port',
    folder: 'packages/client/src/stores',
    port: 'store.ts',
    type: 'CredentialStore',
    contract: 'storeContract',
    besides: {
      'file-store.ts': 'what stores in one file have in common',
      'env.ts': 'reads what a person set and keeps nothing: the contract is about keeping',
    },
  },
  { kind: 'port', folder: 'packages/client/src/logins', port: 'login.ts', type: 'Login' },
  { kind: 'port', folder: 'packages/client/src/ecosystems', port: 'ecosystem.ts', type: 'Ecosystem' },
  {
    kind: 'folders',
    folder: 'packages/server/src/storage',
    file: 'open.ts',
    contract: 'storageContract',
  },
  { kind: 'files', folder: 'packages/protocol/src/formats' },
  {
    kind: 'files',
    folder: 'packages/protocol/src/helpers',
    besides: { 'answer.ts': 'the form of every answer' },
  },
];

import { defineConfig } from 'vitest/config';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  throw new Error(`the tests run on Node 24, not on ${process.version}: use npm test, or npx vitest`);
}

// Tests run on the sources: no build lies between an edit and its test.
const conditions = ['@pkgauth/source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // A limit for what hangs, not a measure of speed: the machine may be busy with other things.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['packages/testkit/src/harness/global-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['interop/**/*.test.ts'],
          // Real clients start interpreters and browsers.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          // After the unit tests, so that the clients' own time limits meet a quiet machine.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

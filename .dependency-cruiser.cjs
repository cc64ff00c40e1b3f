// The architecture as rules; docs/architecture.md draws it. Each rule's comment is its reason, and
// scripts/architecture.test.ts proves each with a planted violation.

/** Code that never ships: it may reach for the test kit. */
const notShipped =
  '\\.(test|fixture)\\.ts$|^packages/testkit/|^(interop|bench|scripts)/|^vitest\\.config\\.ts$';

/** Folders of one layer; each is a seam whose port (`<noun>.ts`) the others may know. */
const clientLayer = '(stores|authenticators|logins|ambient|ecosystems)';
const clientPorts =
  '^packages/client/src/(stores/store|authenticators/authenticator|logins/login|ambient/ambient|ecosystems/ecosystem)\\.ts$';
const serverLayer = '(storage|cache|identity-providers|registry)';
const serverPorts = '^packages/server/src/(identity-providers/provider|registry/registry)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'files that need each other can be neither understood nor tested alone; types count',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'an import that leads nowhere, or to a package that is not installed',
      severity: 'error',
      from: {},
      // The launcher loads the bundles that are built beside it.
      to: { couldNotResolve: true, pathNot: '^\\./cli-(main|stand-in)\\.cjs$' },
    },
    {
      name: 'protocol-is-pure',
      comment:
        'protocol code is parsing and printing: no Node, no package but the two parsers, so it runs anywhere',
      severity: 'error',
      from: { path: '^packages/protocol/src/', pathNot: notShipped },
      to: {
        pathNot: '^packages/protocol/src/|/node_modules/(zod|smol-toml)/|^node_modules/(zod|smol-toml)/',
      },
    },
    {
      name: 'protocol-loads-no-zod',
      comment:
        'zod costs a command line tool tens of milliseconds at start-up: only @pkgauth/protocol/api has it',
      severity: 'error',
      from: { path: '^packages/protocol/src/', pathNot: `^packages/protocol/src/api/|${notShipped}` },
      to: { path: 'node_modules/zod/|^packages/protocol/src/api/' },
    },
    {
      name: 'client-server-apart',
      comment: 'whoever installs the client must not install the service, nor the other way round',
      severity: 'error',
      from: { path: '^packages/(client|server|dashboard)/src/', pathNot: notShipped },
      to: { path: '^packages/(client|server|dashboard)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'testkit-only-in-tests',
      comment: 'fakes and contract suites never reach what is shipped',
      severity: 'error',
      from: { path: '^packages/', pathNot: notShipped },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'no-tests-in-sources',
      comment: 'what is shipped does not import a test, a benchmark or a script',
      severity: 'error',
      from: { path: '^packages/', pathNot: notShipped },
      to: { path: '\\.(test|fixture)\\.ts$|^(interop|bench|scripts)/' },
    },
    {
      name: 'server-core-is-inner',
      comment: 'the core decides and issues; it must not know who stores, serves or asks',
      severity: 'error',
      from: { path: '^packages/server/src/core/', pathNot: notShipped },
      to: { path: '^packages/server/src/', pathNot: '^packages/server/src/core/' },
    },
    {
      name: 'server-core-no-io',
      comment:
        'clock, randomness, cryptography and storage reach the core as ports, so its tests need none of them',
      severity: 'error',
      from: { path: '^packages/server/src/core/', pathNot: notShipped },
      to: { path: '.', pathNot: '^packages/' },
    },
    {
      name: 'storage-sees-core-only',
      comment: 'a storage or cache backend implements a port of the core and knows nothing above it',
      severity: 'error',
      from: { path: '^packages/server/src/(storage|cache)/', pathNot: notShipped },
      to: { path: '^packages/server/src/', pathNot: '^packages/server/src/(core/|$1/)' },
    },
    {
      name: 'server-siblings-apart',
      comment: 'folders of the middle layer meet in compose.ts; they know each other by a port file at most',
      severity: 'error',
      from: { path: `^packages/server/src/${serverLayer}/`, pathNot: notShipped },
      to: {
        path: `^packages/server/src/${serverLayer}/`,
        pathNot: `^packages/server/src/$1/|${serverPorts}`,
      },
    },
    {
      name: 'server-layers-point-inwards',
      comment: 'the middle layer serves HTTP without knowing it, so that it can be tested without a server',
      severity: 'error',
      from: { path: `^packages/server/src/${serverLayer}/`, pathNot: notShipped },
      to: { path: '^packages/server/src/(http/|admin/|compose\\.ts|main\\.ts|index\\.ts)' },
    },
    {
      name: 'server-composes-once',
      comment: 'compose.ts is the one file that knows every implementation; only entries start it',
      severity: 'error',
      from: {
        path: '^packages/server/src/',
        pathNot: `^packages/server/src/(main|index|compose|service)\\.ts$|^packages/server/src/(admin|cli)/|${notShipped}`,
      },
      to: { path: '^packages/server/src/(compose|main)\\.ts$' },
    },
    {
      name: 'client-siblings-apart',
      comment: 'stores, logins and the like meet in session.ts; they know each other by a port file at most',
      severity: 'error',
      from: { path: `^packages/client/src/${clientLayer}/`, pathNot: notShipped },
      to: {
        path: `^packages/client/src/${clientLayer}/`,
        pathNot: `^packages/client/src/$1/|${clientPorts}`,
      },
    },
    {
      name: 'client-server-api-is-inner',
      comment: 'calls to a server are what logins and the session are made of; they know neither of them',
      severity: 'error',
      from: { path: '^packages/client/src/server-api/', pathNot: notShipped },
      to: { path: `^packages/client/src/${clientLayer}/` },
    },
    {
      name: 'client-layers-point-inwards',
      comment: 'the command line is one user of the library; nothing below may need a terminal to be tested',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: `^packages/client/src/cli/|${notShipped}` },
      to: { path: '^packages/client/src/cli/' },
    },
    {
      name: 'client-parts-below-session',
      comment: 'session.ts is the one path from URL to request; its parts do not call back into it',
      severity: 'error',
      from: { path: `^packages/client/src/(server-api|${clientLayer})/`, pathNot: notShipped },
      to: { path: '^packages/client/src/(session|index)\\.ts$|^packages/client/src/session/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@pkgauth/source', 'import', 'node', 'default', 'types'],
    },
  },
};

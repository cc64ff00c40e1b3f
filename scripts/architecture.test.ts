import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run, temporaryDirectory } from '@pkgauth/testkit';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const ruleNames: string[] = forbidden.map((rule: { name: string }) => rule.name);

type Tree = Readonly<Record<string, string>>;
type Violation = { readonly rule: string; readonly from: string; readonly to: string };

const server = 'packages/server/src';
const client = 'packages/client/src';

// Each rule with an import that breaks it: [from, to, statement].
const planted = [
  ['no-cycles', `${server}/a.ts`, `${server}/b.ts`, "import type { B } from './b.ts';"],
  ['not-to-unresolvable', `${server}/c.ts`, './gone.ts', "import './gone.ts';"],
  ['protocol-is-pure', 'packages/protocol/src/pure.ts', 'fs', "import 'node:fs';"],
  ['protocol-loads-no-zod', 'packages/protocol/src/heavy.ts', 'node_modules/zod/index.js', "import 'zod';"],
  ['client-server-apart', `${client}/d.ts`, `${server}/index.ts`, "import '@pkgauth/server';"],
  ['testkit-only-in-tests', `${server}/e.ts`, 'packages/testkit/src/index.ts', "import '@pkgauth/testkit';"],
  ['no-tests-in-sources', `${client}/f.ts`, `${client}/allowed.test.ts`, "import './allowed.test.ts';"],
  ['server-core-is-inner', `${server}/core/g.ts`, `${server}/http/app.ts`, "import '../http/app.ts';"],
  ['server-core-no-io', `${server}/core/h.ts`, 'crypto', "import 'node:crypto';"],
  [
    'storage-sees-core-only',
    `${server}/storage/i.ts`,
    `${server}/config/load.ts`,
    "import '../config/load.ts';",
  ],
  [
    'server-siblings-apart',
    `${server}/registry/j.ts`,
    `${server}/cache/memory.ts`,
    "import '../cache/memory.ts';",
  ],
  [
    'server-layers-point-inwards',
    `${server}/registry/k.ts`,
    `${server}/http/app.ts`,
    "import '../http/app.ts';",
  ],
  ['server-composes-once', `${server}/http/l.ts`, `${server}/compose.ts`, "import '../compose.ts';"],
  [
    'client-siblings-apart',
    `${client}/stores/m.ts`,
    `${client}/logins/device.ts`,
    "import '../logins/device.ts';",
  ],
  [
    'client-server-api-is-inner',
    `${client}/server-api/n.ts`,
    `${client}/stores/store.ts`,
    "import type { Store } from '../stores/store.ts';",
  ],
  ['client-layers-point-inwards', `${client}/o.ts`, `${client}/cli/main.ts`, "import './cli/main.ts';"],
  ['client-parts-below-session', `${client}/stores/p.ts`, `${client}/session.ts`, "import '../session.ts';"],
] as const;

// The twins that each rule must let through.
const allowed: Tree = {
  'packages/protocol/src/index.ts': "import 'smol-toml';",
  'packages/protocol/src/api/index.ts': "import 'zod'; import '../index.ts';",
  // The other half of the planted cycle, which is reported once.
  [`${server}/b.ts`]: "import type { X } from './a.ts'; export type B = X;",
  [`${server}/index.ts`]: "import './compose.ts';",
  [`${server}/compose.ts`]: "import './http/app.ts'; import './storage/index.ts';",
  [`${server}/core/decide.ts`]: "import '@pkgauth/protocol';",
  [`${server}/http/app.ts`]: "import 'node:http'; import '../core/decide.ts'; import '../storage/index.ts';",
  [`${server}/storage/index.ts`]: "import 'node:fs'; import '../core/decide.ts';",
  [`${server}/cache/memory.ts`]: "import '../core/decide.ts';",
  [`${server}/config/load.ts`]: "import 'node:fs';",
  [`${client}/index.ts`]: "import './session.ts';",
  [`${client}/session.ts`]: "import './stores/store.ts'; import './logins/device.ts';",
  [`${client}/stores/store.ts`]: 'export type Store = string;',
  [`${client}/server-api/call.ts`]: "import '@pkgauth/protocol/api';",
  [`${client}/logins/device.ts`]:
    "import type { Store } from '../stores/store.ts'; import '../server-api/call.ts'; export type S = Store;",
  [`${client}/cli/main.ts`]: "import '../session.ts';",
  [`${client}/allowed.test.ts`]: "import '@pkgauth/testkit';",
  'packages/testkit/src/index.ts': "import '@pkgauth/server'; import 'pkgauth';",
};

describe('architecture rules', () => {
  let found: Violation[];
  beforeAll(async () => {
    const files = planted.map(([, from, , statement]) => [from, `${statement} export type X = 1;`]);
    found = await cruise({ ...allowed, ...Object.fromEntries(files) });
  }, 60_000);

  it('are all planted below', () => {
    expect([...new Set(planted.map(([rule]) => rule))].sort()).toEqual([...ruleNames].sort());
  });

  it.each(planted)('%s: %s must not import %s', (rule, from, to) => {
    expect(found).toContainEqual({ rule, from, to });
  });

  it('report nothing besides what is planted', () => {
    const sources: string[] = planted.map(([, from]) => from);
    expect(found.filter(({ from }) => !sources.includes(from))).toEqual([]);
  });
});

async function cruise(tree: Tree): Promise<Violation[]> {
  using folder = temporaryDirectory();
  plant(folder.path, { ...tree, ...manifests() });
  for (const name of ['protocol', 'server', 'testkit', 'client']) {
    const link = join(folder.path, 'node_modules', name === 'client' ? 'pkgauth' : `@pkgauth/${name}`);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(folder.path, 'packages', name), link);
  }
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, '.dependency-cruiser.cjs');
  const args = [depcruise, '--config', config, '--output-type', 'json', 'packages'];
  const result = await run(process.execPath, args, { cwd: folder.path });
  const { summary } = JSON.parse(result.stdout);
  return summary.violations.map((violation: { rule: { name: string }; from: string; to: string }) => ({
    rule: violation.rule.name,
    from: violation.from,
    to: violation.to,
  }));
}

function manifests(): Tree {
  const source = (path: string) => ({ '@pkgauth/source': path });
  const own = (name: string, exports: object) => JSON.stringify({ name, type: 'module', exports });
  const foreign = (name: string) => JSON.stringify({ name, version: '1.0.0', main: 'index.js' });
  return {
    'package.json': '{}',
    'packages/protocol/package.json': own('@pkgauth/protocol', {
      '.': source('./src/index.ts'),
      './api': source('./src/api/index.ts'),
    }),
    'packages/server/package.json': own('@pkgauth/server', { '.': source('./src/index.ts') }),
    'packages/client/package.json': own('pkgauth', { '.': source('./src/index.ts') }),
    'packages/testkit/package.json': own('@pkgauth/testkit', { '.': source('./src/index.ts') }),
    'node_modules/zod/package.json': foreign('zod'),
    'node_modules/zod/index.js': '',
    'node_modules/smol-toml/package.json': foreign('smol-toml'),
    'node_modules/smol-toml/index.js': '',
  };
}

function plant(folder: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
}

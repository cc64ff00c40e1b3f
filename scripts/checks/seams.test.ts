import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { type Seam, unprovenParts } from './seams.ts';

const port = {
  kind: 'port',
  folder: 'stores',
  port: 'store.ts',
  type: 'Store',
  contract: 'storeContract',
} as const;
const storePort = 'export type Store = { readonly name: string; get(key: string): string | undefined };';
const store = "({ name: 'x', get: () => undefined })";

describe('unprovenParts', () => {
  it.each([
    ['a value', `import type { Store } from './store.ts'; export const a: Store = ${store};`],
    [
      'a function',
      `import type { Store } from './store.ts'; export function openA(): Store { return ${store}; }`,
    ],
    [
      'a promise of it, or nothing',
      `import type { Store } from './store.ts'; export async function openA(): Promise<Store | undefined> { return ${store}; }`,
    ],
    ['something of its shape', `export const a = ${store};`],
  ])('sees a part that is %s', (_, text) => {
    expect(check(port, { 'stores/store.ts': storePort, 'stores/index.ts': '', 'stores/a.ts': text })).toEqual(
      ['stores/a.ts is not in index.ts', 'stores/a.ts has no test beside it'],
    );
  });

  it.each([
    ['another shape', 'export const a = { name: 1 };'],
    ['a type only', "import type { Store } from './store.ts'; export type A = Store;"],
    ['anything', 'export const a: any = 1;'],
  ])('does not take for a part what exports %s', (_, text) => {
    expect(check(port, { 'stores/store.ts': storePort, 'stores/index.ts': '', 'stores/a.ts': text })).toEqual(
      [],
    );
  });

  it('wants the contract called, not only named', () => {
    const files = {
      'stores/store.ts': storePort,
      'stores/index.ts': "export { a } from './a.ts';",
      'stores/a.ts': `export const a = ${store};`,
    };
    const unproven = ['stores/a.ts is not put through storeContract'];
    expect(check(port, { ...files, 'stores/a.test.ts': '// storeContract' })).toEqual(unproven);
    expect(check(port, { ...files, 'stores/a.test.ts': 'storeContract(() => a);' })).toEqual([]);
  });

  it('lets an exception stand only while its file does', () => {
    const seam = { ...port, besides: { 'a.ts': 'shared' } };
    const files = { 'stores/store.ts': storePort, 'stores/index.ts': '' };
    expect(check(seam, { ...files, 'stores/a.ts': `export const a = ${store};` })).toEqual([]);
    expect(check(seam, files)).toEqual(['stores/a.ts is excepted but does not exist']);
  });

  it('takes every file of a folder of files, and every backend of a folder of folders', () => {
    expect(
      check(
        { kind: 'files', folder: 'formats' },
        {
          'formats/index.ts': "export * from './b.ts';",
          'formats/a.ts': '',
          'formats/b.ts': '',
          'formats/b.test.ts': '',
        },
      ),
    ).toEqual(['formats/a.ts is not in index.ts', 'formats/a.ts has no test beside it']);
    expect(
      check(
        { kind: 'folders', folder: 'storage', file: 'open.ts', contract: 'storageContract' },
        {
          'storage/index.ts': "import { open } from './sqlite/open.ts';",
          'storage/sqlite/open.ts': '',
          'storage/sqlite/contract.test.ts': 'storageContract(open);',
          'storage/postgres/open.ts': '',
          'storage/shared/words.ts': '',
        },
      ),
    ).toEqual([
      'storage/postgres/open.ts is not in index.ts',
      'storage/postgres/open.ts has no test beside it',
    ]);
  });

  it('names a seam that is gone', () => {
    expect(check(port, {})).toEqual(['stores has no index.ts']);
  });
});

function check(seam: Seam, files: Readonly<Record<string, string>>): string[] {
  using folder = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }
  return unprovenParts(folder.path, [seam]);
}

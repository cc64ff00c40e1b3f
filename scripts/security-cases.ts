// `npm run security-cases`: which cases of the acceptance list are tests named by their id, where they are, and why the
// others are not there yet. Writes docs/security-cases.md with --write. It informs; nothing fails by it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, type TextFile, trackedFiles } from './checks/tracked-files.ts';

/** The groups of the list and how many cases each has. */
const groups = [
  { prefix: 'CS', count: 30, about: 'stores of the client' },
  { prefix: 'LF', count: 28, about: 'login flows of the client' },
  { prefix: 'HP', count: 11, about: 'helpers and stand-ins' },
  { prefix: 'OA', count: 38, about: 'the OAuth server' },
  { prefix: 'AK', count: 16, about: 'API keys and organization tokens' },
  { prefix: 'GW', count: 15, about: 'the package gateway' },
  { prefix: 'PS', count: 3, about: 'persistence: killed, full, locked' },
  { prefix: 'AD', count: 4, about: 'administration: set-up, defaults, tenants, roles' },
] as const;

/** Why a case has no test: what it needs does not exist yet. */
const later: Readonly<Record<string, string>> = {
  CS24: 'concerns .condarc, which the client does not edit yet',
  CS25: 'concerns wildcard hosts of rattler’s credentials.json, a store that the client does not have yet',
  CS26: 'concerns RATTLER_AUTH_FILE, of the same store',
  OA31: 'there is no sign-in through other providers yet',
  OA32: 'there is no sign-in through other providers yet',
  OA38: 'there is no second factor yet',
  AK09: 'there is no endpoint for reports of leaked secrets yet',
  GW12: 'there is no shared limiter: limits are counted in each process, so none can be down',
  GW13: 'nothing sheds load yet; limits of sign-in, device and login requests are tested by OA20, OA23 and OA37',
};

/** Files whose string literals are names of tests: tests themselves, and the contracts that tests call. */
const isTest = (path: string): boolean =>
  /^(packages|interop)\/.*\.test\.ts$/.test(path) || path.startsWith('packages/testkit/src/contracts/');

/** Ids at the beginning of a test's name (`it('OA05 OA06 …'`), or of a row of a table of tests. */
export function casesIn(text: string): Set<string> {
  const names = text.matchAll(/['"`]((?:[A-Z]{1,2}\d{2}[ ,:]+)+)|\((?:[A-Z]{2}\d{2})(?=[ :,)])/g);
  return new Set([...names].flatMap(([name]) => name.match(/[A-Z]{2}\d{2}/g) ?? []));
}

const idsOf = ({ prefix, count }: (typeof groups)[number]): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(2, '0')}`);

export function findCases(files: readonly TextFile[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, text } of files.filter((file) => isTest(file.path))) {
    for (const id of casesIn(text)) found.set(id, [...(found.get(id) ?? []), path]);
  }
  return found;
}

/** docs/security-cases.md. */
export function casesDocument(found: ReadonlyMap<string, readonly string[]>): string {
  const row = (id: string): string => {
    const files = found.get(id)?.map((path) => `[${path}](../${path})`) ?? [];
    return `| ${id} | ${files.join('<br>')} | ${files.length > 0 ? '' : (later[id] ?? '**no test**')} |`;
  };
  const tables = groups.map(
    (group) => `
## ${group.prefix}: ${group.about}

| Case | Tests | Left for later because |
|---|---|---|
${idsOf(group).map(row).join('\n')}
`,
  );
  return `<!-- Written by \`npm run security-cases -- --write\`; change scripts/security-cases.ts, not this file. -->
# Security cases and their tests

Every case of the acceptance list is a test that carries its id in its name. A case in several files is tested at several
levels.
${tables.join('')}`;
}

function report(found: ReadonlyMap<string, readonly string[]>): void {
  for (const group of groups) {
    const missing = idsOf(group).filter((id) => !found.has(id));
    console.log(`${group.prefix}: ${group.count - missing.length} of ${group.count} have a named test`);
    for (const id of missing) console.log(`  ${id} has none: ${later[id] ?? 'no reason is known'}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findCases(trackedFiles());
  report(found);
  if (process.argv.includes('--write'))
    writeFileSync(join(root, 'docs/security-cases.md'), casesDocument(found));
}

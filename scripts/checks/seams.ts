import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exportedPartsOf } from './exported-parts.ts';

/**
 * A folder of parts that are alike. Each part has to stand in the folder's index.ts and to have a test beside it.
 * - `port`: a part is a file that exports a value of the port's type, or a function that returns one; its test calls the contract.
 * - `files`: every file is a part.
 * - `folders`: every folder with the given file is a part; a test in it calls the contract.
 * `besides` names files that look like parts and are not, each with its reason.
 */
export type Seam = { readonly folder: string; readonly besides?: Readonly<Record<string, string>> } & (
  | { readonly kind: 'port'; readonly port: string; readonly type: string; readonly contract?: string }
  | { readonly kind: 'files' }
  | { readonly kind: 'folders'; readonly file: string; readonly contract: string }
);

/** Sentences about parts of the seams that are not registered or not tested; none when all are. */
export function unprovenParts(root: string, seams: readonly Seam[]): string[] {
  return seams.flatMap((seam) => {
    if (!existsSync(join(root, seam.folder, 'index.ts'))) return [`${seam.folder} has no index.ts`];
    const stale = Object.keys(seam.besides ?? {}).filter(
      (file) => !existsSync(join(root, seam.folder, file)),
    );
    const problems = partsOf(root, seam).flatMap((part) => problemsOf(root, seam, part));
    return [...problems, ...stale.map((file) => `${seam.folder}/${file} is excepted but does not exist`)];
  });
}

/** Paths below the seam's folder. */
function partsOf(root: string, seam: Seam): string[] {
  const folder = join(root, seam.folder);
  if (seam.kind === 'folders') {
    const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return inside.map(({ name }) => `${name}/${seam.file}`).filter((path) => existsSync(join(folder, path)));
  }
  const files = readdirSync(folder).filter(
    (file) => /^(?!index\.)[\w-]+\.ts$/.test(file) && !seam.besides?.[file],
  );
  if (seam.kind === 'files') return files;
  const candidates = files.filter((file) => file !== seam.port);
  return exportedPartsOf(folder, seam.port, seam.type, candidates);
}

function problemsOf(root: string, seam: Seam, part: string): string[] {
  const folder = join(root, seam.folder);
  const problems: string[] = [];
  const index = readFileSync(join(folder, 'index.ts'), 'utf8');
  if (!index.includes(`'./${part}'`)) problems.push(`${seam.folder}/${part} is not in index.ts`);
  const tests = testsOf(folder, seam, part);
  if (tests.length === 0) problems.push(`${seam.folder}/${part} has no test beside it`);
  const contract = seam.kind === 'files' ? undefined : seam.contract;
  if (contract && tests.length > 0 && !tests.some((text) => new RegExp(`\\b${contract}\\(`).test(text))) {
    problems.push(`${seam.folder}/${part} is not put through ${contract}`);
  }
  return problems;
}

function testsOf(folder: string, seam: Seam, part: string): string[] {
  const place = seam.kind === 'folders' ? join(folder, part, '..') : folder;
  const name = basename(part, '.ts');
  const wanted = (file: string) =>
    seam.kind === 'folders'
      ? file.endsWith('.test.ts')
      : file.startsWith(`${name}.`) && file.endsWith('.test.ts');
  return readdirSync(place)
    .filter(wanted)
    .map((file) => readFileSync(join(place, file), 'utf8'));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tracked-files.ts';

const published = ['packages/protocol', 'packages/client', 'packages/server'];

type Entry = {
  readonly name?: string;
  readonly os?: string[];
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
};
type Packages = Readonly<Record<string, Entry>>;

/**
 * The list of every package, direct or indirect, that installing one of ours brings, as scripts/deps.txt holds it;
 * builds of one package for one platform are left out.
 */
export function runtimeDependencies(): string {
  const { packages }: { packages: Packages } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const sections = published.map((path) => {
    const names = [...closure(packages, path)].map((found) => found.split('node_modules/').at(-1)).sort();
    return `${packages[path]?.name ?? path}\n${[...new Set(names)].map((name) => `  ${name}\n`).join('')}`;
  });
  return `# What installing our packages brings. A new line is a decision: node scripts/write-deps.ts\n\n${sections.join('\n')}`;
}

function closure(packages: Packages, start: string): Set<string> {
  const found = new Set<string>();
  const pending = [start];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entry = packages[path];
    for (const name of Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies })) {
      const at = resolve(packages, path, name);
      if (at === undefined || found.has(at) || packages[at]?.os) continue;
      found.add(at);
      // A package of this workspace is a link; what it needs stands at its own place.
      pending.push(packages[at]?.link ? `${packages[at]?.resolved ?? ''}` : at);
    }
  }
  return found;
}

// As Node looks: beside the package that asks, then in each folder above.
function resolve(packages: Packages, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return undefined;
  }
}

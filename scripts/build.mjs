// `npm run build`: dist/ of the three published packages, and the two commands as bundles.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, pinnedNode, readStamp, root, runQuietly, say, writeStamp } from './workspace.mjs';

const packages = ['protocol', 'client', 'server'];

/** Builds when a source, a manifest or a script of the build changed since the last build. */
export function buildIfChanged() {
  const fingerprint = sourceFingerprint();
  if (
    readStamp('build') === fingerprint &&
    packages.every((name) => existsSync(join(root, 'packages', name, 'dist/index.js')))
  )
    return;
  say('building the packages');
  build();
  writeStamp('build', fingerprint);
}

// Types are the business of `npm run check`: whoever only starts the service need not wait for them.
function build() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const projects = packages.map((name) => join('packages', name));
  runQuietly('the TypeScript build', pinnedNode(), [
    tsc,
    '-b',
    '--noCheck',
    '--pretty',
    'false',
    ...projects,
  ]);
  runQuietly('the bundling of the commands', pinnedNode(), [join(root, 'scripts/bundle.mjs')]);
}

// Times and sizes instead of contents: the answer "nothing changed" has to cost milliseconds.
function sourceFingerprint() {
  const hash = createHash('sha256');
  const files = packages.flatMap((name) => [
    join(root, 'packages', name, 'package.json'),
    join(root, 'packages', name, 'tsconfig.json'),
    ...sourceFiles(join(root, 'packages', name, 'src')),
  ]);
  for (const file of [...files, join(root, 'tsconfig.base.json'), join(root, 'package-lock.json')]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  for (const script of ['build.mjs', 'bundle.mjs']) hash.update(readFileSync(join(root, 'scripts', script)));
  return hash.digest('hex');
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.(test|fixture)\.ts$/.test(entry.name) ? [] : [path];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(build);

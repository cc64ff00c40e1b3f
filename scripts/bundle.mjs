// Bundles the two commands with esbuild: one file on the hot path, chunks for what is imported lazily.
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './workspace.mjs';

const commands = [
  {
    folder: join(root, 'packages/server'),
    source: 'src/main.ts',
    name: 'main',
    packages: 'external',
  },
];

try {
  await bundleClient(join(root, 'packages/client'));
  for (const command of commands) {
    if (existsSync(join(command.folder, command.source))) await bundle(command);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

// The client carries its dependencies, and is CommonJS in one file: linking a dozen modules and making an ESM face for each
// of Node's own costs a stand-in as much again as everything else it does. Native modules stay outside.
async function bundleClient(folder) {
  const entries = {
    cli: 'src/cli/launch.ts',
    'cli-main': 'src/cli/main.ts',
    'cli-stand-in': 'src/cli/stand-in-main.ts',
  };
  if (!existsSync(join(folder, entries.cli))) return;
  const outdir = join(folder, 'dist');
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [name, join(folder, source)]),
    ),
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    minify: true,
    platform: 'node',
    target: 'node22.13',
    conditions: ['@pkgauth/source'],
    external: ['koffi', '@napi-rs/keyring', './cli-main.cjs', './cli-stand-in.cjs'],
    define: { 'import.meta.url': 'moduleUrl' },
    // A getter, because nothing on the hot path asks for it; configurable, because the second file defines it again.
    banner: {
      js: "Object.defineProperty(globalThis,'moduleUrl',{configurable:true,get:()=>require('node:url').pathToFileURL(__filename).href});",
    },
    sourcemap: 'linked',
    logLevel: 'error',
  });
  chmodSync(join(outdir, 'cli.cjs'), 0o755);
}

async function bundle({ folder, source, name, ...options }) {
  const outdir = join(folder, 'dist');
  const result = await build({
    ...options,
    entryPoints: { [name]: join(folder, source) },
    outdir,
    // Beside the entry, so that a path relative to the module means the same from each of them.
    chunkNames: `${name}-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    conditions: ['@pkgauth/source'],
    sourcemap: 'linked',
    metafile: true,
    logLevel: 'error',
  });
  chmodSync(join(outdir, `${name}.js`), 0o755);
  removeOldChunks(
    outdir,
    name,
    Object.keys(result.metafile.outputs).map((path) => basename(path)),
  );
}

// After the new ones are written: a command that runs meanwhile still finds the chunks it was built with.
function removeOldChunks(folder, name, kept) {
  const chunk = new RegExp(`^${name}-[0-9A-Z]{8}\\.js(\\.map)?$`);
  for (const file of readdirSync(folder)) {
    if (chunk.test(file) && !kept.includes(file)) rmSync(join(folder, file));
  }
}

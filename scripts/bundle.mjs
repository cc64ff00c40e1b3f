// Bundles the two commands with esbuild: one file on the hot path, chunks for what is imported lazily.
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './workspace.mjs';

const commands = [
  {
    // The client carries its dependencies, so that a cold start reads one file; native modules stay outside.
    folder: join(root, 'packages/client'),
    source: 'src/cli/main.ts',
    name: 'cli',
    external: ['koffi', '@napi-rs/keyring'],
    banner: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  {
    folder: join(root, 'packages/server'),
    source: 'src/main.ts',
    name: 'main',
    packages: 'external',
    banner: '',
  },
];

try {
  for (const command of commands) {
    if (existsSync(join(command.folder, command.source))) await bundle(command);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function bundle({ folder, source, name, banner, ...options }) {
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
    banner: { js: banner },
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

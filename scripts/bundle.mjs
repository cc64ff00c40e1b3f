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

for (const command of commands) {
  if (existsSync(join(command.folder, command.source))) await bundle(command);
}

async function bundle({ folder, source, name, banner, ...options }) {
  const outdir = join(folder, 'dist');
  const result = await build({
    ...options,
    entryPoints: { [name]: join(folder, source) },
    outdir,
    chunkNames: `${name}-chunks/[name]-[hash]`,
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
    join(outdir, `${name}-chunks`),
    Object.keys(result.metafile.outputs).map((path) => basename(path)),
  );
}

// After the new ones are written: a command that runs meanwhile still finds the chunks it was built with.
function removeOldChunks(folder, kept) {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    if (!kept.includes(file)) rmSync(join(folder, file));
  }
}

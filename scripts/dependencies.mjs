// The npm packages of the workspace: installed from the lockfile, and only when they differ from it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStamp, root, runQuietly, say, writeStamp } from './workspace.mjs';

/** Makes node_modules agree with package-lock.json. */
export function ensureDependencies() {
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const fingerprint = createHash('sha256').update(lockfile).digest('hex');
  const installed = installedPackages();
  if (
    installed &&
    (readStamp('dependencies') === fingerprint || agrees(JSON.parse(lockfile).packages, installed))
  ) {
    return;
  }
  say('installing the npm packages (npm ci)');
  npm(['ci', '--ignore-scripts', '--no-progress', '--loglevel=error']);
  writeStamp('dependencies', fingerprint);
}

/** Makes `npx pkgauth` and `npx pkgauth-server` run: npm links a bin only when its target exists. */
export function ensureBins() {
  const links = ['pkgauth', 'pkgauth-server'].map((name) => join(root, 'node_modules', '.bin', name));
  const targets = [join(root, 'packages/client/dist/cli.cjs'), join(root, 'packages/server/dist/main.js')];
  if (links.every((link, index) => existsSync(link) || !existsSync(targets[index]))) return;
  say('linking the commands pkgauth and pkgauth-server');
  npm(['rebuild', '--ignore-scripts', '--loglevel=error', 'pkgauth', '@pkgauth/server']);
}

// npm deletes node_modules first, and with it the Node that may be running this script: npm's own Node stays.
function npm(args) {
  const script = process.env.npm_execpath;
  const what = `npm ${args[0]}`;
  if (script?.endsWith('.js')) {
    runQuietly(what, process.env.npm_node_execpath ?? process.execPath, [script, ...args]);
  } else {
    runQuietly(what, 'npm', args, { shell: process.platform === 'win32' });
  }
}

// npm's own note of what it put into node_modules.
function installedPackages() {
  const path = join(root, 'node_modules', '.package-lock.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

// What is installed is compared beside the stamp, so that a developer's `npm install` counts as done
// and is not wiped.
function agrees(locked, installed) {
  const inModules = Object.entries(locked).filter(([path]) => path.startsWith('node_modules/'));
  return (
    inModules.every(([path, entry]) => (installed[path] ? same(installed[path], entry) : entry.optional)) &&
    Object.keys(installed).every((path) => locked[path])
  );
}

function same(a, b) {
  return a.version === b.version && a.link === b.link && a.integrity === b.integrity;
}

// The programs that tests need and npm cannot bring: found, or installed by apt as root on Debian.
// What is there and what is missing goes to .cache/system-parts.json, which the test harness reads.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './find-python.mjs';
import { cache, main, runQuietly, SetupError, say, strict } from './workspace.mjs';

const parts = [
  { name: 'postgres', packages: ['postgresql'], find: findPostgres },
  { name: 'gnome-keyring-daemon', packages: ['gnome-keyring'] },
  { name: 'dbus-run-session', packages: ['dbus'] },
  { name: 'secret-tool', packages: ['libsecret-tools'] },
  { name: 'chromium', packages: ['chromium'], programs: ['chromium', 'chromium-browser', 'google-chrome'] },
  { name: 'nginx', packages: ['nginx'] },
  { name: 'strace', packages: ['strace'] },
  { name: 'python3', packages: ['python3', 'python3-venv'], find: findPython },
];

/** Installs what is missing where that is possible, and records each part's path or why it has none. */
export function ensureSystemParts() {
  let found = findParts();
  let reason = 'not installed';
  const missing = parts.filter((part) => !found[part.name]);
  if (missing.length > 0 && canInstall()) {
    reason = install(missing) ?? 'not in the packages that apt installed';
    found = findParts();
  }
  const record = parts.map(({ name }) => [
    name,
    found[name] ? { path: found[name], reason: null } : { path: null, reason },
  ]);
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'system-parts.json'), `${JSON.stringify(Object.fromEntries(record), null, 2)}\n`);
  report(record.filter(([, part]) => part.path === null).map(([name]) => `${name} (${reason})`));
}

function report(missing) {
  if (missing.length === 0) return;
  const text = `system parts are missing, and the tests that need them cannot run: ${missing.join(', ')}`;
  if (strict) throw new SetupError(text);
  say(text);
}

function findParts() {
  return Object.fromEntries(
    parts.map(({ name, programs, find }) => [name, find ? find() : findProgram(programs ?? [name])]),
  );
}

function findProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

// The server's programs are kept off the PATH by Debian. The part is their folder.
function findPostgres() {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, 'bin'))
    : [];
  return [...folders, ...(process.env.PATH ?? '').split(delimiter)].find((folder) =>
    ['postgres', 'initdb', 'pg_ctl'].every((program) => isProgram(join(folder, program))),
  );
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && isProgram('/usr/bin/apt-get');
}

/** Returns why apt failed, or undefined. */
function install(missing) {
  const packages = missing.flatMap((part) => part.packages);
  say(`installing system packages: ${packages.join(' ')}`);
  try {
    withoutServices(() => {
      apt(['update']);
      apt(['-y', '--no-install-recommends', 'install', ...packages]);
    });
    return undefined;
  } catch (error) {
    return lastLine(error.message);
  }
}

function apt(args) {
  runQuietly('apt-get', 'apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function lastLine(text) {
  return text.trim().split('\n').at(-1);
}

// Debian starts a service when its package arrives: a web server or a database that nobody asked for.
function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(policy, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ensureSystemParts);

// The real Python clients that tests run, each pinned by interop/environments/<name>.txt in an environment
// of its own under .cache/python/<name>. What is there and why something is not goes to
// .cache/python-environments.json, which the test harness reads.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './find-python.mjs';
import {
  cache,
  main,
  readStamp,
  root,
  runQuietly,
  SetupError,
  say,
  strict,
  writeStamp,
} from './workspace.mjs';

const requirements = join(root, 'interop/environments');

// The one environment that gets Python's bundled pip; its own pip then fills the others.
const installer = 'pip-26.3';

/** Makes each environment whose requirements or interpreter changed, and records which exist. */
export function ensurePythonEnvironments() {
  const python = findPython();
  const names = readdirSync(requirements).map((file) => file.replace(/\.txt$/, ''));
  const ordered = [installer, ...names.filter((name) => name !== installer)];
  const record = Object.fromEntries(ordered.map((name) => [`python/${name}`, ensure(name, python)]));
  writeFileSync(join(cache, 'python-environments.json'), `${JSON.stringify(record, null, 2)}\n`);
  const missing = Object.entries(record).filter(([, { path }]) => path === null);
  if (missing.length === 0) return;
  const text = `real clients are missing: ${missing.map(([name, { reason }]) => `${name} (${reason})`).join(', ')}`;
  if (strict) throw new SetupError(text);
  say(text);
}

function ensure(name, python) {
  if (!python) return { path: null, reason: 'no Python 3.10 to 3.13 with venv' };
  const path = join(cache, 'python', name);
  const file = join(requirements, `${name}.txt`);
  const fingerprint = createHash('sha256').update(python).update(readFileSync(file)).digest('hex');
  if (readStamp(join('python', name)) === fingerprint && existsSync(path)) return { path, reason: null };
  say(`making the Python environment ${name}`);
  try {
    make(name, path, file, python);
    writeStamp(join('python', name), fingerprint);
    return { path, reason: null };
  } catch (error) {
    return { path: null, reason: error.message.trim().split('\n').at(-1) };
  }
}

function make(name, path, file, python) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(join(cache, 'python'), { recursive: true });
  const options = name === installer ? [] : ['--without-pip'];
  runQuietly('python -m venv', python, ['-m', 'venv', ...options, path]);
  const pip = join(cache, 'python', installer, 'bin/python');
  const install = [
    'install',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--no-deps',
    '-r',
    file,
  ];
  runQuietly('pip install', pip, ['-m', 'pip', '--python', join(path, 'bin/python'), ...install]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ensurePythonEnvironments);

// `npm run check`, after set-up: every check in turn, one line each, named by the invariant that it guards.
// What a check says is shown only when it fails. Ends with a tally. An argument chooses the checks whose name has it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ambientAccess } from './checks/ambient-access.ts';
import { oversizedFiles } from './checks/limits.ts';
import { forbiddenNames } from './checks/names.ts';
import { ourSeams } from './checks/our-seams.ts';
import { runtimeDependencies } from './checks/runtime-dependencies.ts';
import { unprovenParts } from './checks/seams.ts';
import { trackedFiles } from './checks/tracked-files.ts';
import { lockfileProblems } from './lockfile.mjs';
import { root } from './workspace.mjs';

const published = ['packages/protocol', 'packages/client', 'packages/server'];
const generator = ['--conditions=@pkgauth/source', 'scripts/generate-docs.ts', '--check'];

// Each check gives the lines of what is wrong: none when all is well.
const checks = [
  ['types hold in every package', () => programs(['tsc', '-b', ...packages()])],
  ['types hold in tests, scripts and benchmarks', () => programs(['tsc', '-p', 'tsconfig.tests.json'])],
  [
    'code is formatted and free of what the linter knows',
    () => programs(['biome', 'ci', '--colors=off', '--error-on-warnings', '.']),
  ],
  ['no promise is forgotten and no case missed', () => programs(['oxlint', '--type-aware'])],
  [
    'nothing imports inwards-out',
    () => programs(['depcruise', '--config', '.dependency-cruiser.cjs', ...sources()]),
  ],
  ['nothing is dead and nothing undeclared', () => programs(['knip'])],
  ['clock, environment, randomness and network are handed in', () => ambientAccess(trackedFiles())],
  ['each seam registers and tests its parts', () => unprovenParts(root, ourSeams)],
  ['packed packages resolve for whoever installs them', () => published.flatMap(packaging)],
  ['no registry host and no path of a machine is written down', () => forbiddenNames(trackedFiles())],
  ['no file outgrows its limit', () => oversizedFiles(trackedFiles())],
  ['the lockfile is whole, with integrity and without addresses', () => lockfileProblems()],
  ['runtime dependencies are the committed ones', () => changedDependencies()],
  ['generated documents match the code', () => programs(['node', ...generator])],
];

const wanted = process.argv.slice(2).join(' ');
let failed = 0;
const chosen = checks.filter(([name]) => name.includes(wanted));
for (const [name, check] of chosen) {
  const started = performance.now();
  const problems = outcome(check);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  for (const problem of problems) console.log(`       ${problem.replaceAll('\n', '\n       ')}`);
  if (problems.length > 0) failed += 1;
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function outcome(check) {
  try {
    return check();
  } catch (error) {
    return [String(error.stack)];
  }
}

function programs(...commands) {
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  return commands.flatMap(([command, ...args]) => {
    const result = spawnSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
      env: { ...process.env, PATH: path, NO_COLOR: '1' },
    });
    if (result.status === 0) return [];
    return [
      result.error ? String(result.error) : `${result.stdout}${result.stderr}`.trim() || `${command} failed`,
    ];
  });
}

function packaging(folder) {
  return programs(
    ['publint', '--strict', folder],
    ['attw', '--profile', 'esm-only', '--no-emoji', '--pack', folder],
  );
}

function packages() {
  return readdirSync(join(root, 'packages')).map((name) => join('packages', name));
}

function sources() {
  return ['packages', 'scripts', 'interop', 'bench', 'vitest.config.ts'];
}

function changedDependencies() {
  const committed = readFileSync(join(root, 'scripts/deps.txt'), 'utf8');
  return committed === runtimeDependencies()
    ? []
    : ['scripts/deps.txt differs from the lockfile: node scripts/write-deps.ts'];
}

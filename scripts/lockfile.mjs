// `node scripts/lockfile.mjs [--complete]`: what package-lock.json must hold, and the repair of its gaps.
// A registry that carries only this platform's builds leaves npm without entries for the others, and
// `npm ci` then refuses the lockfile everywhere.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './workspace.mjs';

const path = join(root, 'package-lock.json');
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x'];

/** Sentences about what is wrong with the lockfile; none when it is sound. */
export function lockfileProblems() {
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  const entries = Object.entries(packages).filter(
    ([name, entry]) => name.startsWith('node_modules/') && !entry.link,
  );
  return [
    ...missingOptionals(packages).map(
      ({ name }) => `${name} has no entry: run node scripts/lockfile.mjs --complete`,
    ),
    ...entries
      .filter(([, entry]) => entry.resolved)
      .map(([name]) => `${name} names the address it came from`),
    ...entries
      .filter(([, entry]) => !entry.integrity && !isForOtherPlatform(entry))
      .map(([name]) => `${name} has no integrity`),
  ];
}

// What `--complete` adds has no integrity, because the package could not be fetched: npm fills it in
// when somebody installs on that platform. Nothing else may go without.
function isForOtherPlatform(entry) {
  return (
    entry.optional === true &&
    entry.os !== undefined &&
    !(entry.os.includes('linux') && entry.cpu?.includes('x64') && !entry.libc?.includes('musl'))
  );
}

/** Adds an entry for each optional dependency that the lockfile's packages name and it does not hold. */
function complete() {
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  for (const { name, version, dev } of missingOptionals(lock.packages)) {
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(dev ? { dev: true } : {}),
      optional: true,
    };
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}

function missingOptionals(packages) {
  const present = Object.keys(packages);
  return Object.values(packages).flatMap((entry) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !present.some((other) => other.endsWith(`node_modules/${name}`)))
      .map(([name, version]) => ({ name, version, dev: entry.dev })),
  );
}

function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) throw new Error(`cannot tell the platform of ${name} from its name`);
  const libc = os !== 'linux' ? undefined : words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { cpu: [cpu], ...(libc ? { libc: [libc] } : {}), os: [os] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--complete')) complete();
  for (const problem of lockfileProblems()) console.log(problem);
}

// `npm start`: runs the service under ./.pkgauth-data and says how to use it. The first start fills it: an owner, an
// organization and a mirror of the index that this machine uses. Ctrl-C stops it.
import { spawn, spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { findUpstream } from './find-upstream.ts';
import { installCommands } from './install-commands.ts';
import { pinnedNode, root } from './workspace.mjs';

const owner = 'owner@localhost';
const port = process.env.PKGAUTH_PORT || '8585';
/** Where a machine that is set up already would point to. */
const own = process.env.PKGAUTH_PUBLIC_URL || `http://127.0.0.1:${port}`;
const data = process.env.PKGAUTH_DATA || '.pkgauth-data';
const server = join(root, 'packages', 'server', 'dist', 'main.js');
const settings = {
  ...process.env,
  PKGAUTH_PORT: port,
  PKGAUTH_DATA: data,
  // The terminal is for people here; the log of each request is not.
  PKGAUTH_LOG_LEVEL: process.env.PKGAUTH_LOG_LEVEL || 'warn',
};

const upstream = process.env.PKGAUTH_PYPI_UPSTREAM_FILE ? undefined : findUpstream({ own });
const filled = administer(
  ['setup'],
  upstream === undefined ? settings : { ...settings, PKGAUTH_PYPI_UPSTREAM: upstream },
);
const service = startService();
service.once('message', ({ listening }) => {
  introduce(listening, administer(['user', 'sign-in-link', filled?.owner ?? owner], settings));
});

/** One administration command; undefined when it was refused, since a service that is in use is not filled again. */
function administer(words, env) {
  const args = [server, 'admin', ...words, '--json'];
  const call = spawnSync(pinnedNode(), args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (call.status === 0) return JSON.parse(call.stdout);
  const refused = call.stdout.startsWith('{') ? JSON.parse(call.stdout).error.code : undefined;
  if (refused === 'conflict' || refused === 'not-found') return undefined;
  process.stderr.write(call.stderr);
  process.exit(call.status ?? 1);
}

function startService() {
  // A process group of its own, so that Ctrl-C reaches the service once: from here.
  const child = spawn(pinnedNode(), [server, 'serve'], {
    cwd: root,
    env: settings,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  // npm passes on a Ctrl-C that the terminal has sent to us already; to the service, a second one means "at once".
  let last = Number.NEGATIVE_INFINITY;
  const tell = (signal) => {
    if (performance.now() - last > 1000) child.kill(signal);
    last = performance.now();
  };
  process.on('SIGINT', tell);
  process.on('SIGTERM', tell);
  process.on('SIGHUP', () => tell('SIGTERM'));
  process.on('exit', () => child.kill('SIGKILL'));
  child.on('exit', (code) => {
    if (code === 0) console.log('\nStopped. Everything is kept; npm start goes on from here.');
    process.exit(code ?? 1);
  });
  return child;
}

function introduce(origin, link) {
  const typed = relative(process.cwd(), join(root, data)) || '.';
  const place = data === '.pkgauth-data' ? '' : ` --data ${typed}`;
  const admin = `npx pkgauth-server admin${place}`;
  const lines = [`pkgauth is running at ${origin}`, ''];
  if (link !== undefined) {
    lines.push(
      'Your account, by a link that signs one browser in once, within 24 hours:',
      `  ${link.url}`,
      '',
    );
  }
  lines.push(
    'In another terminal, in this directory, log in (in that browser) and install a package through it:',
  );
  lines.push(...indented([`npx pkgauth login ${origin}`, ...howToInstall(origin, typed, admin)]), '');
  lines.push('Without a browser, log in with an API key instead:');
  const key = `${admin} api-key add --user ${filled?.owner ?? owner} --org demo --validity 7`;
  lines.push(
    ...indented([`${key} | npx pkgauth login ${origin} --token-stdin`]),
    '',
    'Ctrl-C stops the service.',
  );
  console.log(lines.join('\n'));
}

function howToInstall(origin, typed, admin) {
  if (filled?.mirror === false) {
    return [
      '# No index to mirror was found on this machine. Add one, then install from it:',
      `${admin} registry add demo/pypi-mirror --kind pypi --upstream URL`,
    ];
  }
  return (
    installCommands({ origin, data: typed }) ?? [
      '# uv or pip (23 or newer) then installs from:',
      `# ${origin}/simple/demo/main/`,
    ]
  );
}

function indented(lines) {
  return lines.map((line) => `  ${line}`);
}

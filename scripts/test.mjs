// `npm test`, after set-up: every test of the workspace, then the suites that could not run and why, then a
// tally. Arguments go to vitest (a path, --project unit, -t name).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tally } from './tally.mjs';
import { cache, pinnedNode, root } from './workspace.mjs';

const results = join(cache, 'test-results.json');
mkdirSync(cache, { recursive: true });
rmSync(results, { force: true });

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const { status } = spawnSync(pinnedNode(), [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});

const { passed, failures, gaps } = readTally();
if (status !== 0 && failures.length === 0) failures.push(`vitest ended with ${status}`);
for (const gap of gaps) console.log(gap);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

function readTally() {
  try {
    return tally(JSON.parse(readFileSync(results, 'utf8')), root);
  } catch {
    return { passed: 0, failures: ['vitest gave no results'], gaps: [] };
  }
}

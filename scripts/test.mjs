// `npm test`, after set-up: every test of the workspace, then the suites that could not run and why, then a
// tally. Arguments go to vitest (a path, --project unit, -t name).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cache, root } from './workspace.mjs';

// What describeWith of the test kit calls the one test of a suite whose parts are missing.
const gapTitle = 'did not run: ';

const results = join(cache, 'test-results.json');
mkdirSync(cache, { recursive: true });
rmSync(results, { force: true });

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});

const { passed, failures, gaps } = readResults();
if (status !== 0 && failures.length === 0) failures.push(`vitest ended with ${status}`);
for (const gap of gaps) console.log(gap);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

function readResults() {
  const report = readReport();
  if (!report) return { passed: 0, failures: ['vitest gave no results'], gaps: [] };
  const broken = report.testResults.filter(isBroken);
  const tests = report.testResults.filter((file) => !isBroken(file)).flatMap(testsOf);
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failures: [
      ...broken.map((file) => `${pathOf(file)} has no results: it does not load, or a hook failed`),
      ...tests.filter((test) => test.status === 'failed').map((test) => `${test.file} ${test.fullName}`),
      // A test that is switched off proves nothing; one that cannot run here says so by itself.
      ...skipped.filter((test) => !isGap(test)).map((test) => `${test.file} ${test.fullName} is skipped`),
    ],
    gaps: skipped.filter(isGap).map(sayGap),
  };
}

function testsOf(file) {
  return file.assertionResults.map((test) => ({ ...test, file: pathOf(file) }));
}

function pathOf(file) {
  return relative(root, file.name);
}

function isBroken(file) {
  return file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed');
}

function isGap(test) {
  return test.title.startsWith(gapTitle);
}

function sayGap(test) {
  return `${gapTitle}${test.ancestorTitles.join(' ')}: ${test.title.slice(gapTitle.length)}`;
}

function readReport() {
  try {
    return JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return undefined;
  }
}

// What a run of vitest comes to: how many tests passed, what failed, which suites could not run and why.
import { relative } from 'node:path';

// What describeWith of the test kit calls the one test of a suite whose parts are missing.
const gapTitle = 'did not run: ';

/** From vitest's JSON report: the number of passed tests, and one line for each failure and each gap. */
export function tally(report, root) {
  const broken = report.testResults.filter(isBroken);
  const sound = report.testResults.filter((file) => !isBroken(file));
  const tests = sound.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, name: `${relative(root, file.name)} ${test.fullName}` })),
  );
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failures: [
      ...broken.map(
        (file) => `${relative(root, file.name)} has no results: it does not load, or a hook failed`,
      ),
      ...tests.filter((test) => test.status === 'failed').map((test) => test.name),
      // A test that is switched off proves nothing; one that cannot run here says so by itself.
      ...skipped.filter((test) => !isGap(test)).map((test) => `${test.name} is skipped`),
    ],
    gaps: skipped.filter(isGap).map(sayGap),
  };
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

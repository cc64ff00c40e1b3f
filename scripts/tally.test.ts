import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { tally } from './tally.mjs';

const test = (title: string, status: string) => ({
  title,
  status,
  ancestorTitles: ['suite'],
  fullName: `suite ${title}`,
});
const file = (status: string, ...assertionResults: ReturnType<typeof test>[]) => ({
  name: '/checkout/a.test.ts',
  status,
  assertionResults,
});
const of = (...testResults: ReturnType<typeof file>[]) => tally({ testResults }, '/checkout');

describe('tally', () => {
  it('counts what passed and names what failed', () => {
    expect(of(file('failed', test('a', 'passed'), test('b', 'failed')))).toEqual({
      passed: 1,
      failures: ['a.test.ts suite b'],
      gaps: [],
    });
  });

  it('counts a file that does not load, or whose hook failed, as one failure', () => {
    const failures = ['a.test.ts has no results: it does not load, or a hook failed'];
    expect(of(file('failed'))).toEqual({ passed: 0, failures, gaps: [] });
    expect(of(file('failed', test('a', 'skipped'), test('b', 'skipped')))).toMatchObject({ failures });
  });

  it('names a suite that could not run, with its reason, and takes no other skip for an answer', () => {
    expect(
      of(file('passed', test('did not run: nginx is missing (no apt)', 'skipped'), test('b', 'pending'))),
    ).toEqual({
      passed: 0,
      failures: ['a.test.ts suite b is skipped'],
      gaps: ['did not run: suite: nginx is missing (no apt)'],
    });
  });
});

describe('.ci/run', () => {
  it.each([
    [
      'the sum of both',
      { tests: 'echo "3 passed, 0 failed"', checks: 'echo "2 passed, 0 failed"' },
      '5 passed, 0 failed',
      0,
    ],
    [
      'a failure of either',
      { tests: 'echo "3 passed, 0 failed"', checks: 'echo "1 passed, 1 failed"; exit 1' },
      '4 passed, 1 failed',
      1,
    ],
    [
      'a part that dies without a tally',
      { tests: 'echo "no such program"; exit 1', checks: 'echo "2 passed, 0 failed"' },
      '2 passed, 1 failed',
      1,
    ],
    [
      'a part that fails beside its tally',
      { tests: 'echo "3 passed, 0 failed"; exit 7', checks: 'echo "2 passed, 0 failed"' },
      '5 passed, 1 failed',
      1,
    ],
    [
      'its own tally, not one that a test printed',
      { tests: 'echo "9 passed, 9 failed"; echo "3 passed, 0 failed"', checks: 'echo "2 passed, 0 failed"' },
      '5 passed, 0 failed',
      0,
    ],
  ])('ends with %s', (_, parts, last, status) => {
    const result = runCi(parts);
    expect(result.stdout.trimEnd().split('\n').at(-1)).toBe(last);
    expect(result.status).toBe(status);
  });

  it('runs with CI=true and without stdin', () => {
    const result = runCi({
      tests: 'echo "CI=$CI"; cat; echo "1 passed, 0 failed"',
      checks: 'echo "1 passed, 0 failed"',
    });
    expect(result.stdout).toContain('CI=true');
    expect(result.status).toBe(0);
  });
});

// The real script in a checkout whose npm is a stand-in.
function runCi({ tests, checks }: { tests: string; checks: string }) {
  using folder = temporaryDirectory();
  mkdirSync(join(folder.path, '.ci'));
  copyFileSync(join(import.meta.dirname, '../.ci/run'), join(folder.path, '.ci/run'));
  writeFileSync(join(folder.path, 'npm'), `#!/bin/sh\ncase "$1" in test) ${tests};; run) ${checks};; esac\n`);
  chmodSync(join(folder.path, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}`, CI: '' };
  return spawnSync(join(folder.path, '.ci/run'), { env, encoding: 'utf8', timeout: 20_000 });
}

import { describe, expect, it } from 'vitest';
import { ambientAccess } from './ambient-access.ts';
import { oversizedFiles } from './limits.ts';
import { forbiddenNames } from './names.ts';
import { root } from './tracked-files.ts';

const host = ['pypi', 'org'].join('.');

describe('forbiddenNames', () => {
  it.each([
    [`https://${host}/simple/`, host],
    [`https://FILES.${['pythonhosted', 'ORG'].join('.')}/x`, ['pythonhosted', 'org'].join('.')],
    [`cd ${root}/packages`, `${root}/`],
    [`${['', 'root', ''].join('/')}.netrc`, ['', 'root', ''].join('/')],
  ])('finds %s', (line, found) => {
    expect(forbiddenNames([{ path: 'a.md', text: `first\n${line}` }])).toContain(`a.md:2: ${found}`);
  });

  it.each([
    `not${host}`,
    'https://index.example.com/simple/',
    `packages${['', 'work', ''].join('/')}x`,
    `$HOME${['', 'root', ''].join('/')}`,
    'the root/ folder',
  ])('lets %s stand', (line) => {
    expect(forbiddenNames([{ path: 'a.md', text: line }])).toEqual([]);
  });
});

describe('oversizedFiles', () => {
  it('measures sources only', () => {
    const lines = (count: number) => 'x\n'.repeat(count);
    const files = [
      { path: 'long.ts', text: lines(501) },
      { path: 'fits.ts', text: lines(500) },
      { path: 'long.md', text: lines(501) },
    ];
    expect(oversizedFiles(files)).toEqual(['long.ts has 501 lines, over 500']);
  });
});

describe('ambientAccess', () => {
  it.each([
    ['the clock', 'const now = Date.now();'],
    ['the clock', 'const now = new Date();'],
    ['the environment', 'const home = process.env.HOME;'],
    ['randomness', 'const id = Math.random();'],
    ['the network', 'await fetch(url);'],
  ])('finds a reach for %s in `%s`', (what, text) => {
    expect(ambientAccess([{ path: 'packages/client/src/session.ts', text }])).toEqual([
      `packages/client/src/session.ts:1 reaches for ${what}: take it from the context`,
    ]);
  });

  it.each([
    ['packages/client/src/context/clock.ts', 'Date.now()'],
    ['packages/client/src/session.test.ts', 'Date.now()'],
    ['packages/client/src/session.ts', 'context.fetch(url); new Date(seconds); // Date'],
    ['packages/client/src/session.ts', '// not Date.now()'],
    ['scripts/build.mjs', 'process.env'],
  ])('lets %s say `%s`', (path, text) => {
    expect(ambientAccess([{ path, text }])).toEqual([]);
  });
});

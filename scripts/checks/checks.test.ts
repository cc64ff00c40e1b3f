import { describe, expect, it } from 'vitest';
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

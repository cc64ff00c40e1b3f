import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexPath, isSimpleTarget, parseSimpleRoute } from './routes.ts';

describe('addresses below /simple/', () => {
  const acme = { organization: 'acme', index: 'main' };

  it.each([
    ['/simple/acme/main/', { kind: 'projects', ...acme }],
    ['/simple/acme/main', { kind: 'projects', ...acme }],
    ['/simple/acme/main/ruff/', { kind: 'project', ...acme, project: 'ruff' }],
    ['/simple/acme/main/ruff', { kind: 'project', ...acme, project: 'ruff' }],
    [
      '/simple/acme/main/ruff/ruff-1.0.tar.gz',
      { kind: 'file', ...acme, project: 'ruff', filename: 'ruff-1.0.tar.gz' },
    ],
    [
      '/simple/acme/main/ruff/ruff-1.0-py3-none-any.whl.metadata',
      { kind: 'metadata', ...acme, project: 'ruff', filename: 'ruff-1.0-py3-none-any.whl' },
    ],
    ['/simple/acme/main/ruff/a%2B1.whl', { kind: 'file', ...acme, project: 'ruff', filename: 'a+1.whl' }],
    ['/simple/pypi', { kind: 'projects', organization: 'public', index: 'pypi' }],
    ['/simple/pypi/ruff', { kind: 'project', organization: 'public', index: 'pypi', project: 'ruff' }],
    [
      '/simple/public/pypi/ruff/',
      { kind: 'project', organization: 'public', index: 'pypi', project: 'ruff' },
    ],
    [
      '/simple/pypi/ruff/x.whl',
      { kind: 'file', organization: 'public', index: 'pypi', project: 'ruff', filename: 'x.whl' },
    ],
    ['/simple', { kind: 'nothing' }],
    ['/simple/', { kind: 'nothing' }],
    ['/simple/acme/', { kind: 'nothing' }],
    ['/simple/acme/main/ruff/x.whl/', { kind: 'nothing' }],
    ['/simple/acme/main/ruff/x/y', { kind: 'nothing' }],
    ['/simple/acme/main/../other/', { kind: 'malformed' }],
    ['/simple;x/acme/main/', { kind: 'malformed' }],
    ['/simple%2facme/main/', { kind: 'malformed' }],
  ])('%s', (target, expected) => {
    expect(parseSimpleRoute(target)).toEqual(expected);
  });

  it('RM07 takes what lies below /simple, in whatever spelling, and nothing beside it', () => {
    for (const target of [
      '/simple',
      '/simple/',
      '/simple?x',
      '/simple/a',
      '/simple;x',
      '/simple%2fa',
      '/simple\\a',
      '/simple#',
    ]) {
      expect(isSimpleTarget(target), target).toBe(true);
    }
    for (const target of [
      '/',
      '/simpler',
      '/simple-x',
      '/simple_x',
      '/simple1',
      '/simpleZ',
      '/Simple/',
      '/api/simple/',
    ]) {
      expect(isSimpleTarget(target), target).toBe(false);
    }
  });

  it('finds an index at the path that it writes for it', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/);
    fc.assert(
      fc.property(name, name, (organization, index) => {
        fc.pre(organization !== 'pypi');
        expect(parseSimpleRoute(indexPath(organization, index))).toEqual({
          kind: 'projects',
          organization,
          index,
        });
      }),
    );
    expect(indexPath('public', 'pypi')).toBe('/simple/pypi/');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath } from '../request-path.ts';
import { isSimpleTarget, parseSimpleRoute } from './routes.ts';

describe('addresses below /simple/', () => {
  const acme = { organization: 'acme', index: 'main', base: '/simple/acme/main/', slash: false };
  const short = { organization: 'public', index: 'pypi', base: '/simple/pypi/', slash: false };
  const file = { kind: 'file', project: 'ruff' };

  it.each([
    ['/simple/acme/main/', { kind: 'projects', ...acme, slash: true }],
    ['/simple/acme/main', { kind: 'projects', ...acme }],
    ['/simple/acme/main/ruff/', { kind: 'project', ...acme, project: 'ruff', slash: true }],
    ['/simple/acme/main/ruff', { kind: 'project', ...acme, project: 'ruff' }],
    ['/simple/acme/main/ruff/ruff-1.0.tar.gz', { ...file, ...acme, filename: 'ruff-1.0.tar.gz' }],
    ['/simple/acme/main/ruff/r-1.whl.metadata', { ...file, ...acme, kind: 'metadata', filename: 'r-1.whl' }],
    ['/simple/acme/main/ruff/a%2B1.whl', { ...file, ...acme, filename: 'a+1.whl' }],
    ['/simple/pypi', { kind: 'projects', ...short }],
    ['/simple/pypi/', { kind: 'projects', ...short, slash: true }],
    ['/simple/pypi/ruff', { kind: 'project', ...short, project: 'ruff' }],
    ['/simple/pypi/ruff/x.whl', { ...file, ...short, filename: 'x.whl' }],
    [
      '/simple/public/pypi/ruff/x.whl',
      { ...file, ...short, base: '/simple/public/pypi/', filename: 'x.whl' },
    ],
  ])('%s', (target, route) => {
    expect(parseSimpleRoute(target)).toEqual({ kind: 'route', route });
  });

  it.each([
    ['/simple', 'nothing'],
    ['/simple/', 'nothing'],
    ['/simple/acme/', 'nothing'],
    ['/simple/acme/main/ruff/x.whl/', 'nothing'],
    ['/simple/acme/main/ruff/x/y', 'nothing'],
    ['/simple/pypi/ruff/x/y', 'nothing'],
    ['/simple/acme/main/../other/', 'malformed'],
    ['/simple;x/acme/main/', 'malformed'],
    ['/simple%2facme/main/', 'malformed'],
  ])('%s is %s', (target, kind) => {
    expect(parseSimpleRoute(target)).toEqual({ kind });
  });

  it('RM07 takes what lies below /simple, in whatever spelling, and nothing beside it', () => {
    const own = [
      '/simple',
      '/simple/',
      '/simple?x',
      '/simple/a',
      '/simple;x',
      '/simple%2fa',
      '/simple\\a',
      '/simple#',
    ];
    for (const target of own) expect(isSimpleTarget(target), target).toBe(true);
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

  it('names a base that leads to the same index', () => {
    const name = fc.string({ minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(name, name, (organization, index) => {
        const parsed = parseSimpleRoute(formatPath(['simple', organization, index], true));
        if (parsed.kind !== 'route') return;
        expect(parseSimpleRoute(parsed.route.base)).toEqual(parsed);
      }),
    );
  });
});

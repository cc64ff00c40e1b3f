import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUpstream, indexOfPip, indexOfUv } from './find-upstream.ts';
import { installCommands } from './install-commands.ts';

const own = 'http://127.0.0.1:8585';
const find = (options: { env?: Record<string, string>; files?: Record<string, string>; pip?: string }) =>
  findUpstream({
    env: options.env ?? {},
    home: '/home/ada',
    own,
    read: (path: string | undefined) => options.files?.[path ?? ''] ?? '',
    ask: () => options.pip,
  });

describe('the index to mirror', () => {
  const pip = 'https://index.example.com/simple';
  const conf = { '/home/ada/.config/pip/pip.conf': `[global]\nindex-url = ${pip}\n` };
  const toml = {
    '/home/ada/.config/uv/uv.toml': `[[index]]\nname = "a"\nurl = "https://a.example.com/simple"\n\n[[index]]\nurl = "https://b.example.com/simple"\ndefault = true\n`,
  };

  it('is the configured one before any other', () => {
    const env = {
      PKGAUTH_PYPI_UPSTREAM: 'https://own.example.com/',
      PIP_INDEX_URL: 'https://env.example.com/',
    };
    expect(find({ env, files: conf })).toBe('https://own.example.com/');
    expect(find({ env: { PIP_INDEX_URL: 'https://env.example.com/' }, files: conf })).toBe(
      'https://env.example.com/',
    );
  });

  it('is pip’s, else uv’s, else what pip has built in', () => {
    expect(find({ files: { ...conf, ...toml } })).toBe(pip);
    expect(find({ files: toml, pip: 'https://builtin.example.com/' })).toBe('https://b.example.com/simple');
    expect(find({ pip: 'https://builtin.example.com/' })).toBe('https://builtin.example.com/');
    expect(find({})).toBeUndefined();
  });

  it('is never this service itself', () => {
    const files = {
      '/home/ada/.config/pip/pip.conf': `[global]\nindex-url = http://__token__@127.0.0.1:8585/simple/demo/main/\n`,
    };
    expect(find({ files, pip: 'https://builtin.example.com/' })).toBe('https://builtin.example.com/');
    expect(find({ files, pip: `${own}/simple/` })).toBeUndefined();
  });

  it('reads the sections of pip and the tables of uv', () => {
    expect(
      indexOfPip('[install]\nindex_url: https://i.example.com\n[global]\nindex-url=https://g.example.com'),
    ).toBe('https://i.example.com');
    expect(
      indexOfPip('# index-url = https://no.example.com\n[list]\nindex-url=https://l.example.com'),
    ).toBeUndefined();
    expect(indexOfUv(`index-url = 'https://top.example.com'\n[pip]\nx = 1`)).toBe('https://top.example.com');
    expect(indexOfUv(`[[index]]\nurl = "https://x.example.com"\n[pip]\ndefault = true`)).toBeUndefined();
  });

  it('is not thrown off by any file', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['string', 'undefined']).toContain(typeof indexOfPip(text));
        expect(['string', 'undefined']).toContain(typeof indexOfUv(text));
      }),
    );
  });
});

describe('the commands that are printed', () => {
  const service = { origin: own, data: '.pkgauth-data' };
  const having = (versions: Record<string, number>) => (program: string, args: readonly string[]) =>
    versions[[program, ...args.slice(0, -1)].join(' ')];

  it('prefer uv', () => {
    expect(installCommands(service, having({ uv: 0.13, pip: 26.3 }))).toEqual([
      'npx pkgauth setup keyring --dir .pkgauth-data/bin',
      'PATH="$PWD/.pkgauth-data/bin:$PATH" uv pip install --target .pkgauth-data/try --keyring-provider subprocess --index-url http://__token__@127.0.0.1:8585/simple/demo/main/ requests',
    ]);
  });

  it('fit the pip that there is', () => {
    expect(installCommands(service, having({ pip: 22.3, 'python3 -m pip': 23.1 }))?.[1]).toContain(
      ' python3 -m pip install --target .pkgauth-data/try --keyring-provider subprocess ',
    );
    expect(installCommands(service, having({ pip3: 23 }))?.[1]).toContain(
      ' pip3 install --target .pkgauth-data/try --index-url ',
    );
    expect(installCommands(service, having({ pip: 20.1 }))).toBeUndefined();
  });
});

import { parseUvToml } from '@pkgauth/protocol';
import { describe, expect, it } from 'vitest';
import type { Place } from './ecosystem.ts';
import { uv } from './uv.ts';

const place = (env: Record<string, string>, platform: Place['platform'] = 'linux'): Place => ({
  env,
  platform,
  home: '/home/ada',
});
const url = 'https://pkg.example.com/simple/acme/main/';

describe('uv', () => {
  it.each([
    [place({}), '/home/ada/.config/uv/uv.toml'],
    [place({ XDG_CONFIG_HOME: '/cfg' }), '/cfg/uv/uv.toml'],
    [place({ UV_CONFIG_FILE: '/own/uv.toml' }), '/own/uv.toml'],
    [place({}, 'darwin'), '/home/ada/.config/uv/uv.toml'],
    [place({ APPDATA: '/roaming' }, 'win32'), '/roaming/uv/uv.toml'],
  ])('%j: %s', (where, path) => expect(uv.configFile(where)).toBe(path));

  it('makes the index the default one that always authenticates, without any user name', () => {
    const text = uv.configure('', { url, username: '__token__' });
    expect(parseUvToml(text)).toEqual({
      indexes: [{ name: 'acme-main', url, default: true, authenticate: 'always' }],
      keyringProvider: 'subprocess',
    });
    expect(text).not.toContain('__token__');
  });

  it.each([
    ['https://pkg.example.com/simple/acme/main/', 'acme-main'],
    ['https://pkg.example.com/simple/pypi/', 'pypi'],
    ['https://pkg.example.com/', 'pkg-example-com'],
    ['http://127.0.0.1:8585/simple/Demo/main', 'demo-main'],
    ['https://pkg.example.com/api/p%20y/', 'api-p-20y'],
  ])('names %s %s', (index, name) => {
    expect(parseUvToml(uv.configure('', { url: index, username: '' })).indexes[0]?.name).toBe(name);
  });

  it('keeps every other byte, and changes nothing the second time', () => {
    const before = '# mine\nnative-tls = true # yes\n\n[pip]\nno-deps = false\n';
    const after = uv.configure(before, { url, username: '' });
    for (const line of before.split('\n')) expect(after).toContain(line);
    expect(uv.configure(after, { url, username: '' })).toBe(after);
  });

  it('does not replace another default index silently', () => {
    const before = '[[index]]\nname = "other"\nurl = "https://other.example.com/simple"\ndefault = true\n';
    expect(() => uv.configure(before, { url, username: '' })).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });
});

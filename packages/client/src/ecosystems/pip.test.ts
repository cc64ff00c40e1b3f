import { parsePipConfig } from '@pkgauth/protocol';
import { describe, expect, it } from 'vitest';
import type { Place } from './ecosystem.ts';
import { pip } from './pip.ts';

const place = (
  env: Record<string, string>,
  platform: Place['platform'] = 'linux',
  home: string | undefined = '/home/ada',
): Place => ({ env, platform, home });
const url = 'https://pkg.example.com/simple/acme/main/';

describe('pip', () => {
  it.each([
    [place({}), '/home/ada/.config/pip/pip.conf'],
    [place({ XDG_CONFIG_HOME: '/cfg' }), '/cfg/pip/pip.conf'],
    [place({ XDG_CONFIG_HOME: 'relative' }), '/home/ada/.config/pip/pip.conf'],
    [place({ PIP_CONFIG_FILE: '/own/pip.conf' }), '/own/pip.conf'],
    [place({}, 'darwin'), '/home/ada/Library/Application Support/pip/pip.conf'],
    [place({ APPDATA: '/roaming' }, 'win32'), '/roaming/pip/pip.ini'],
  ])('%j: %s', (where, path) => expect(pip.configFile(where)).toBe(path));

  it('says when there can be no file', () => {
    expect(() => pip.configFile({ env: {}, platform: 'linux', home: undefined })).toThrow(
      /no home directory/,
    );
    expect(() => pip.configFile(place({ PIP_CONFIG_FILE: '/dev/null' }))).toThrow(/PIP_CONFIG_FILE/);
  });

  it('names the user, so that pip before 26.2 asks the keyring program', () => {
    expect(parsePipConfig(pip.configure('', { url, username: '__token__' }))).toMatchObject([
      { section: 'global', key: 'index-url', value: 'https://__token__@pkg.example.com/simple/acme/main/' },
      { section: 'global', key: 'keyring-provider', value: 'subprocess' },
    ]);
    expect(pip.configure('', { url, username: 'ada@example.com' })).toContain(
      'https://ada%40example.com@pkg.example.com/',
    );
  });

  it('keeps every other byte, and changes nothing the second time', () => {
    const before = '# mine\n[install]\nno-compile = true\n\n[global]\ntimeout: 60 ; slow\n';
    const after = pip.configure(before, { url, username: '__token__' });
    expect(after.startsWith(before)).toBe(true);
    expect(pip.configure(after, { url, username: '__token__' })).toBe(after);
  });

  it('leaves a file that pip could not read alone', () => {
    expect(() => pip.configure('index-url = x\n', { url, username: '__token__' })).toThrow(
      expect.objectContaining({ code: 'syntax', line: 1 }),
    );
  });
});

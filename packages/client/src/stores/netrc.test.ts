import { Secret } from '@pkgauth/protocol';
import { fakeContext, storeContract, storeInHome } from '@pkgauth/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNetrc } from './netrc.ts';

storeContract(
  'netrc',
  {
    kinds: ['basic', 'api-key'],
    keysBecomePasswords: true,
    severalUsers: false,
    paths: false,
    passwords: fc.stringMatching(/^[!$-[\]-~][!$-[\]-~]{0,40}$/),
  },
  () => storeInHome(openNetrc),
);

const path = '/home/user/.netrc';
const open = async (text: string, env: Record<string, string> = {}) => {
  const context = fakeContext({ files: { [path]: text }, env });
  const store = await openNetrc(context);
  if (store === undefined) throw new Error('no place for a netrc');
  return { context, store };
};
const matched = async (text: string, url: string): Promise<string | undefined> =>
  (await (await open(text)).store.match({ kind: 'url', url }))?.username;

describe('netrc', () => {
  it.each([
    ['https://h.example.com/simple/', 'ada'],
    ['https://h.example.com:8443/', 'ada'],
    ['http://h.example.com/', undefined],
    ['http://127.0.0.1:8585/simple/', 'local'],
    ['https://x.h.example.com/', undefined],
    ['https://other.example.com/', undefined],
  ])('answers %s with %s', async (url, user) => {
    const text =
      'machine h.example.com login ada password x\nmachine 127.0.0.1 login local password y\ndefault login d password z\n';
    expect(await matched(text, url)).toBe(user);
  });

  it('CS22 uses the last of several entries for a host, and says where it stands', async () => {
    const { store } = await open(
      '# first\nmachine h.example.com login a password 1\nmachine h.example.com login b password 2\n',
    );
    const found = await store.get('https://h.example.com/');
    expect(found?.credential).toMatchObject({ username: 'b' });
    expect(found?.origin).toBe(`${path}:3`);
  });

  it('CS05 CS22 refuses a file that it cannot read, naming the line, and leaves it', async () => {
    const text = 'machine h.example.com login a password 1\nnonsense\n';
    const { context, store } = await open(text);
    await expect(store.get('https://h.example.com/')).rejects.toThrow(`${path}:2:1: `);
    const credential = { kind: 'basic', username: 'a', password: new Secret('b') } as const;
    await expect(store.set?.('https://x.example.com/', credential)).rejects.toMatchObject({
      code: 'store-corrupt',
      hint: expect.any(String) as string,
    });
    expect(context.fileContents.get(path)).toBe(text);
  });

  it('refuses to widen a credential for a path to the whole host', async () => {
    const { context, store } = await open('');
    const credential = { kind: 'basic', username: 'a', password: new Secret('b') } as const;
    await expect(store.set?.('https://h.example.com/simple', credential)).rejects.toMatchObject({
      code: 'store-unsuited',
    });
    expect(context.fileContents.get(path)).toBe('');
  });

  it.each([
    [{ NETRC: '/etc/other' }, '/etc/other'],
    [{ NETRC: '~/mine' }, '/home/user/mine'],
    [{ NETRC: '' }, path],
  ])('stands where %j says', async (env, place) => {
    expect((await open('', env as Record<string, string>)).store.location).toBe(place);
  });

  it('stands in _netrc on Windows, unless there is a .netrc', async () => {
    const options = { platform: 'win32', home: 'C:\\Users\\ada' } as const;
    expect((await openNetrc(fakeContext(options)))?.location).toBe('C:\\Users\\ada\\_netrc');
    const files = { 'C:\\Users\\ada\\.netrc': '' };
    expect((await openNetrc(fakeContext({ ...options, files })))?.location).toBe('C:\\Users\\ada\\.netrc');
  });
});

import { type Credential, Secret } from '@pkgauth/protocol';
import { type FakeContext, type FakeContextOptions, fakeContext } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { openChain } from './index.ts';

const service = 'https://packages.example.com/';
const ownFile = '/home/user/.local/share/pkgauth/credentials.json';
const netrc = '/home/user/.netrc';
const bearer = (text: string): Credential => ({ kind: 'bearer', token: new Secret(text) });
const basic = (username: string, text: string): Credential => ({
  kind: 'basic',
  username,
  password: new Secret(text),
});

const scene = (options: FakeContextOptions = {}): FakeContext =>
  fakeContext({ keyring: 'working', ...options });
const find = async (context: Context, url: string, username?: string) =>
  (await openChain(context)).find({ kind: 'url', url }, username);
const foundIn = async (context: Context, url: string, username?: string): Promise<string | undefined> => {
  const entry = await find(context, url, username);
  return entry === undefined ? undefined : `${entry.store.name} ${entry.service}`;
};
/** The same files and keyring as the next process finds them. */
const next = (context: FakeContext, options: FakeContextOptions = {}): FakeContext => {
  const later = scene({ files: Object.fromEntries(context.fileContents), ...options });
  for (const [account, secret] of context.keyringEntries) later.keyringEntries.set(account, secret);
  return later;
};
/** A context whose disk is full for one file. */
const fullDisk = (context: FakeContext, path: string): Context => ({
  ...context,
  files: {
    ...context.files,
    write: async (target, content) => {
      if (target === path) {
        throw new ClientError('store-unavailable', `could not write ${path}: no space left on the device`);
      }
      return context.files.write(target, content);
    },
  },
});

describe('save', () => {
  it('prefers the keyring, and says where the login went', async () => {
    const context = scene();
    const chain = await openChain(context);
    expect(await chain.save(service, bearer('t'))).toEqual({
      store: 'os-keyring',
      location: 'Secret Service',
    });
    expect(context.warnings).toEqual([]);
    expect(context.fileContents.has(ownFile)).toBe(false);
  });

  it.each(['absent', 'locked', 'hanging'] as const)(
    'CS16 CS17 CS18 falls to the file when the keyring is %s, saying why',
    async (keyring) => {
      const context = scene({ keyring });
      const saved = await (await openChain(context)).save(service, bearer('t'));
      expect(saved).toEqual({ store: 'pkgauth-file', location: ownFile });
      expect(context.warnings).toEqual([expect.stringMatching(/^not kept in os-keyring: .*keyring/)]);
      expect(await foundIn(next(context, { keyring }), `${service}simple/`)).toBe(`pkgauth-file ${service}`);
    },
  );

  it.each(['pkgauth-file', 'pyx-tokens', 'uv-text', 'netrc', 'os-keyring'] as const)(
    'CS03 takes the store %s that was asked for, or fails',
    async (name) => {
      const credential: Credential =
        name === 'pyx-tokens'
          ? { kind: 'session', accessToken: new Secret('a'), refreshToken: new Secret('r') }
          : basic('ada', 'pw');
      const context = scene({ env: { PKGAUTH_STORE: name } });
      const chain = await openChain(context);
      const { location } = await chain.save(service, credential);
      expect((await (await openChain(next(context))).find({ kind: 'url', url: service }))?.store.name).toBe(
        name,
      );
      expect(
        await (await openChain(next(context, { env: { PKGAUTH_STORE: name } }))).entries(service),
      ).toMatchObject({
        found: [{ service }],
      });
      expect(location).not.toBe('');
    },
  );

  it('CS03 makes no detour from a store that was asked for', async () => {
    const keyring = scene({ keyring: 'absent', env: { PKGAUTH_STORE: 'os-keyring' } });
    await expect((await openChain(keyring)).save(service, bearer('t'))).rejects.toMatchObject({
      code: 'store-unavailable',
      exitCode: 6,
    });
    const context = scene({ env: { PKGAUTH_STORE: 'pkgauth-file' } });
    const full = fullDisk(context, ownFile);
    await expect((await openChain(full)).save(service, bearer('t'))).rejects.toThrow('no space left');
    expect([keyring.keyringEntries.size, context.keyringEntries.size, context.fileContents.size]).toEqual([
      0, 0, 0,
    ]);
    const unsuited = scene({ env: { PKGAUTH_STORE: 'netrc' } });
    await expect((await openChain(unsuited)).save(service, bearer('t'))).rejects.toMatchObject({
      code: 'store-unsuited',
    });
  });

  it('fails when every store fails, with the reason of the last', async () => {
    const context = scene({ keyring: 'absent' });
    const chain = await openChain(fullDisk(context, ownFile));
    await expect(chain.save(service, bearer('t'))).rejects.toThrow('no space left');
  });

  it('CS14 says how a login can be kept without a home directory', async () => {
    const homeless = scene({ home: null });
    await expect((await openChain(homeless)).save(service, bearer('t'))).rejects.toMatchObject({
      code: 'store-unavailable',
      hint: expect.stringContaining('PKGAUTH_CREDENTIALS_FILE') as string,
    });
    const named = scene({ home: null, keyring: 'absent', env: { PKGAUTH_CREDENTIALS_FILE: '/data/c.json' } });
    expect(await (await openChain(named)).save(service, bearer('t'))).toMatchObject({
      location: '/data/c.json',
    });
  });

  it('CS20 replaces an older login in our other store', async () => {
    const context = scene({ keyring: 'absent' });
    await (await openChain(context)).save(service, bearer('old'));
    const later = next(context);
    await (await openChain(later)).save(service, bearer('new'));
    expect(later.fileContents.get(ownFile)).not.toContain('old');
    const { services } = await (await openChain(next(later))).list();
    expect(services.map(({ store }) => store)).toEqual(['os-keyring']);
  });

  it('CS20 warns when it cannot remove an older login', async () => {
    const context = scene();
    await (await openChain(context)).save(service, bearer('old'));
    const later = next(context, { keyring: 'locked', env: { PKGAUTH_STORE: 'pkgauth-file' } });
    await (await openChain(later)).save(service, bearer('new'));
    expect(later.warnings).toEqual([expect.stringMatching(/^os-keyring may still hold an older login/)]);
  });

  it('leaves the file as it is when it cannot be read (CS05)', async () => {
    const context = scene({ keyring: 'absent', files: { [ownFile]: '{"version":1,' } });
    await expect((await openChain(context)).save(service, bearer('t'))).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining(`${ownFile}:1:`) as string,
      hint: expect.stringContaining(`mv ${ownFile}`) as string,
    });
    expect(context.fileContents.get(ownFile)).toBe('{"version":1,');
  });

  it('CS04 warns of an emptied file and keeps a copy before the first write', async () => {
    const context = scene({ keyring: 'absent', files: { [ownFile]: '' } });
    expect(await find(context, service)).toBeUndefined();
    expect(context.warnings).toEqual([`${ownFile} is empty: whatever it held has been lost`]);
    await (await openChain(context)).save(service, bearer('t'));
    expect([...context.fileContents.keys()]).toContain(`${ownFile}.empty-20261123T000000Z`);
  });

  it.each(['nonsense', 'env', 'memory', 'toString'])('refuses the store name %s', async (name) => {
    await expect(openChain(scene({ env: { PKGAUTH_STORE: name } }))).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('find', () => {
  it('takes the most specific service, whichever store it is in', async () => {
    const context = scene();
    const chain = await openChain(context);
    await chain.save(service, bearer('wide'));
    const deep = `${service}simple/acme`;
    const file = next(context, { env: { PKGAUTH_STORE: 'pkgauth-file' } });
    await (await openChain(file)).save(deep, bearer('deep'));
    const reader = next(file);
    expect(await foundIn(reader, `${deep}/main/`)).toBe(`pkgauth-file ${deep}`);
    expect(await foundIn(reader, `${service}simple/acme-evil/`)).toBe(`os-keyring ${service}`);
    expect(await foundIn(reader, 'https://other.example.com/')).toBeUndefined();
  });

  it('takes the earlier store of two with the same service, and a store for a host after all others', async () => {
    const files = { [netrc]: 'machine packages.example.com login ada password pw\n' };
    const context = scene({ files });
    expect(await foundIn(context, service)).toBe(`netrc ${service}`);
    await (await openChain(context)).save(service, bearer('t'));
    expect(await foundIn(next(context), service)).toBe(`os-keyring ${service}`);
    expect(await foundIn(next(context), service, 'ada')).toBe(`netrc ${service}`);
  });

  it('tells users of one service apart, and finds one without a name (N7)', async () => {
    const context = scene();
    const chain = await openChain(context);
    for (const user of ['ada', 'grace']) await chain.save(service, basic(user, `pw-${user}`));
    expect((await find(context, service, 'grace'))?.credential).toMatchObject({ username: 'grace' });
    expect((await find(context, service))?.credential).toMatchObject({ kind: 'basic' });
    expect(await find(context, service, '__token__')).toBeUndefined();
  });

  it('CS16 answers from another store when the keyring hangs, and says so once', async () => {
    const context = scene();
    await (await openChain(context)).save(service, bearer('t'));
    const files = {
      ...Object.fromEntries(context.fileContents),
      [netrc]: 'machine packages.example.com login a password b',
    };
    const later = scene({ files, keyring: 'hanging' });
    expect(await foundIn(later, service)).toBe(`netrc ${service}`);
    expect(later.warnings).toEqual([expect.stringContaining('did not answer')]);
  });

  it.each([
    ['locked', 'store-locked'],
    ['hanging', 'store-unavailable'],
  ] as const)('CS18 says %s rather than "not found" when nothing else has it', async (keyring, code) => {
    const context = scene();
    await (await openChain(context)).save(service, bearer('t'));
    const later = next(context, { keyring });
    await expect(find(later, service)).rejects.toMatchObject({ code });
    expect(await find(later, 'https://other.example.com/')).toBeUndefined();
  });

  it('CS05 a store that cannot be read spoils only what it might have held', async () => {
    const context = scene({ files: { [netrc]: 'machine' } });
    await expect(find(context, service)).rejects.toMatchObject({ code: 'store-corrupt' });
    await (await openChain(context)).save(service, bearer('t'));
    expect(await foundIn(context, service)).toBe(`os-keyring ${service}`);
    expect(context.warnings.join()).toContain(netrc);
  });

  it('reads only the store that was asked for, and the environment', async () => {
    const context = scene();
    await (await openChain(context)).save(service, bearer('t'));
    const named = next(context, { env: { PKGAUTH_STORE: 'pkgauth-file' } });
    expect(await find(named, service)).toBeUndefined();
    expect(named.keyringRequests).toEqual([]);
  });

  it('answers a question for host and port with the shortest path', async () => {
    const context = scene();
    const chain = await openChain(context);
    await chain.save(`${service}simple/acme`, bearer('deep'));
    const candidate = {
      kind: 'realm',
      realm: { scheme: 'https', host: 'packages.example.com', port: 443 },
    } as const;
    expect((await chain.find(candidate))?.service).toBe(`${service}simple/acme`);
    await chain.save(service, bearer('wide'));
    expect((await chain.find(candidate))?.service).toBe(service);
  });
});

describe('list and remove', () => {
  const everywhere = async (): Promise<FakeContext> => {
    let context = scene();
    for (const name of ['netrc', 'uv-text', 'pkgauth-file', 'os-keyring']) {
      context = next(context, { env: { PKGAUTH_STORE: name } });
      // Written past the chain, which would remove the others' older entries.
      const [, store] = (await openChain(context)).stores;
      await store?.set?.(service, basic('ada', name));
    }
    return next(context);
  };

  it('CS20 shows which entry is used and which ones it hides', async () => {
    const { services } = await (await openChain(await everywhere())).list();
    expect(services.map(({ store, active }) => [store, active])).toEqual([
      ['os-keyring', true],
      ['pkgauth-file', false],
      ['uv-text', false],
      ['netrc', false],
    ]);
  });

  it('CS20 gives every entry, the one in use first', async () => {
    const { found } = await (await openChain(await everywhere())).entries(service, 'ada');
    expect(found.map(({ store }) => store.name)).toEqual(['os-keyring', 'pkgauth-file', 'uv-text', 'netrc']);
  });

  it('CS20 removes from all of them', async () => {
    const context = await everywhere();
    const chain = await openChain(context);
    expect(await chain.remove(service)).toEqual({
      removed: ['os-keyring', 'pkgauth-file', 'uv-text', 'netrc'],
      failures: [],
    });
    expect((await chain.entries(service)).found).toEqual([]);
    expect(context.keyringEntries.size).toBe(0);
    expect(JSON.stringify([...context.fileContents])).not.toMatch(/pkgauth-file|uv-text|os-keyring/);
  });

  it('CS18 reports a locked keyring, and removes from the others', async () => {
    const context = next(await everywhere(), { keyring: 'locked' });
    const { removed, failures } = await (await openChain(context)).remove(service);
    expect(removed).toEqual(['pkgauth-file', 'uv-text', 'netrc']);
    expect(failures).toMatchObject([{ store: 'os-keyring', error: { code: 'store-locked' } }]);
  });

  it('removes nothing of other services and users', async () => {
    const context = scene();
    const chain = await openChain(context);
    await chain.save(service, basic('ada', 'x'));
    await chain.save(service, basic('grace', 'y'));
    await chain.save('https://other.example.com/', bearer('z'));
    expect((await chain.remove(service, 'ada')).removed).toEqual(['os-keyring']);
    expect((await chain.remove('https://none.example.com/')).removed).toEqual([]);
    expect((await chain.list()).services.map(({ service: url, username }) => [url, username])).toEqual([
      [service, 'grace'],
      ['https://other.example.com/', undefined],
    ]);
  });
});

import { Secret } from '@pkgauth/protocol';
import {
  describeWith,
  type Environment,
  type FakeContext,
  fakeContext,
  hangingDbus,
  run,
  secretService,
  settingsOfHome,
  storeContract,
  storeInHome,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../context/node-context.ts';
import type { Context } from '../context.ts';
import { openOsKeyring } from './os-keyring.ts';
import type { CredentialStore } from './store.ts';

const service = 'https://packages.example.com/';
const bearer = (text: string) => ({ kind: 'bearer', token: new Secret(text) }) as const;
const traits = { kinds: ['session', 'bearer', 'api-key', 'basic'], severalUsers: true, paths: true } as const;

const open = async (context: Context): Promise<CredentialStore> => {
  const store = await openOsKeyring(context);
  if (store === undefined) throw new Error('no place for the index');
  return store;
};

const session = async (length: number) =>
  ({
    kind: 'session',
    accessToken: new Secret('a'.repeat(length)),
    refreshToken: new Secret('refresh-\u{1f511}'),
    receivedAt: 5,
  }) as const;

storeContract('os-keyring in memory', traits, async () => {
  const context = fakeContext({ keyring: 'working' });
  return {
    store: await open(context),
    open: () => open(context),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

describe('os-keyring', () => {
  it('asks the keyring nothing for what is not stored there', async () => {
    const context = fakeContext({ keyring: 'hanging' });
    const store = await open(context);
    expect(await store.get(service)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await store.delete?.(service)).toBe(false);
    expect(context.keyringRequests).toEqual([]);
  });

  it.each([1, 1000, 1279, 1280, 1281, 5000])(
    'CS19 keeps a secret of %i characters in entries that Windows can hold',
    async (length) => {
      const context = fakeContext({ keyring: 'working' });
      const store = await open(context);
      const credential = await session(length);
      await store.set?.(service, await session(3000));
      await store.set?.(service, credential);
      const lengths = [...context.keyringEntries.values()].map((text) => text.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(1280);
      const found = (await store.get(service))?.credential;
      expect(found).toMatchObject({ kind: 'session', receivedAt: 5 });
      expect(found?.kind === 'session' && found.accessToken.reveal()).toBe('a'.repeat(length));
      expect(found?.kind === 'session' && found.refreshToken.reveal()).toBe('refresh-\u{1f511}');
      expect(await store.delete?.(service)).toBe(true);
      expect(context.keyringEntries.size).toBe(0);
    },
  );

  /** The same machine for a process that is killed before its n-th change of a file or of the keyring. */
  const dyingAfter = (context: FakeContext, changes: number): Context => {
    let made = 0;
    const step = (): void => {
      made += 1;
      if (made > changes) throw new Error('killed');
    };
    return {
      ...context,
      files: {
        ...context.files,
        write: async (path, content) => {
          step();
          return context.files.write(path, content);
        },
      },
      keyring: {
        ask: async (request) => {
          if (request.operation !== 'get') step();
          return context.keyring.ask(request);
        },
      },
    };
  };
  const lengthOf = async (context: Context): Promise<number | undefined> => {
    const found = (await (await open(context)).get(service))?.credential;
    return found?.kind === 'session' ? found.accessToken.reveal().length : undefined;
  };

  it.each([
    ['create', undefined, 3000],
    ['replace', 3000, 4000],
    ['shorten', 4000, 10],
    ['lengthen', 10, 4000],
    ['delete', 3000, undefined],
  ])('CS01 %s is done or not done, wherever the process is killed', async (_, before, after) => {
    for (let changes = 0; ; changes += 1) {
      const context = fakeContext({ keyring: 'working' });
      if (before !== undefined) await (await open(context)).set?.(service, await session(before));
      const store = await open(dyingAfter(context, changes));
      const work = after === undefined ? store.delete?.(service) : store.set?.(service, await session(after));
      const [outcome] = await Promise.allSettled([work]);
      expect([before, after], `after ${changes} changes`).toContain(await lengthOf(context));
      if (outcome.status === 'fulfilled') {
        expect(await lengthOf(context)).toBe(after);
        expect(changes).toBeGreaterThan(1);
        break;
      }
      await (await open(context)).set?.(service, await session(20));
      await (await open(context)).delete?.(service);
      expect(await (await open(context)).list()).toEqual([]);
      expect([...context.keyringEntries.keys()]).toEqual([]);
    }
  });

  it.each([
    ['locked', 'store-locked'],
    ['absent', 'store-unavailable'],
    ['hanging', 'store-unavailable'],
    ['ambiguous', 'store-unavailable'],
    ['failed', 'store-unavailable'],
  ] as const)('CS18 says %s, never "not found" or "removed"', async (keyring, code) => {
    const working = fakeContext({ keyring: 'working' });
    await (await open(working)).set?.(service, bearer('s3cret'));
    const store = await open(fakeContext({ keyring, files: Object.fromEntries(working.fileContents) }));
    await expect(store.get(service)).rejects.toMatchObject({ code });
    await expect(store.delete?.(service)).rejects.toMatchObject({ code });
    expect(await store.list()).toHaveLength(1);
    await expect(store.set?.('https://new.example.com/', bearer('x'))).rejects.toMatchObject({ code });
    expect(await store.list()).toHaveLength(1);
  });

  it('CS05 refuses an index that it cannot read, and leaves it', async () => {
    const path = '/home/user/.local/share/pkgauth/keyring.json';
    for (const text of ['{', '[]', '{"version":2,"entries":[]}', '{"version":1,"entries":[{"service":7}]}']) {
      const context = fakeContext({ keyring: 'working', files: { [path]: text } });
      const store = await open(context);
      await expect(store.get(service)).rejects.toMatchObject({ code: 'store-corrupt' });
      await expect(store.set?.(service, bearer('x'))).rejects.toMatchObject({ code: 'store-corrupt' });
      expect(context.fileContents.get(path)).toBe(text);
      expect(context.keyringEntries.size).toBe(0);
    }
  });

  it('refuses an entry that somebody else wrote under our name', async () => {
    const context = fakeContext({ keyring: 'working' });
    const store = await open(context);
    await store.set?.(service, bearer('x'));
    context.keyringEntries.set(service, 'plain text');
    await expect(store.get(service)).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('CS14 has no place without a home directory', async () => {
    expect(await openOsKeyring(fakeContext({ home: null, keyring: 'working' }))).toBeUndefined();
  });
});

/** What a program needs to find the bus, without the home directory that the bus itself has. */
const busOf = ({ DBUS_SESSION_BUS_ADDRESS = '', XDG_RUNTIME_DIR = '' }: Environment): Environment => ({
  DBUS_SESSION_BUS_ADDRESS,
  XDG_RUNTIME_DIR,
});

/** The environment of a session bus that lives as long as the tests of a suite. */
const suiteBus = (): { environment(): Environment } => {
  let environment: Environment = {};
  let release: () => void = () => undefined;
  let ended: Promise<void> | undefined;
  beforeAll(async () => {
    await new Promise<void>((ready) => {
      ended = secretService('unlocked', async (given) => {
        environment = busOf(given);
        ready();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      });
    });
  }, 30_000);
  afterAll(async () => {
    release();
    await ended;
  });
  return { environment: () => environment };
};

describeWith(['gnome-keyring-daemon', 'dbus-run-session'], 'with a real Secret Service', () => {
  const bus = suiteBus();
  storeContract('os-keyring', traits, () => storeInHome(openOsKeyring, bus.environment()));
});

const contextIn = (home: string, environment: Environment): Context =>
  createContext({ settings: { ...settingsOfHome(home), ...busOf(environment) } });

describeWith(['gnome-keyring-daemon', 'dbus-run-session', 'secret-tool'], 'Secret Service states', () => {
  it.each([
    ['locked', 'store-locked'],
    ['wrong-password', 'store-locked'],
    ['no-daemon', 'store-unavailable'],
  ] as const)('CS17 CS18 %s is told apart', async (state, code) => {
    using home = temporaryDirectory();
    await secretService(state, async (environment) => {
      const store = await open(contextIn(home.path, environment));
      await expect(store.set?.(service, bearer('s3cret'))).rejects.toMatchObject({ code });
      expect(await store.list()).toEqual([]);
    });
  });

  it('CS19 two entries that match are an error, not a guess', async () => {
    using home = temporaryDirectory();
    await secretService('unlocked', async (environment) => {
      const context = contextIn(home.path, environment);
      await (await open(context)).set?.(service, bearer('s3cret'));
      const attributes = ['service', 'pkgauth', 'username', service, 'application', 'another'];
      const stored = await run('secret-tool', ['store', '--label=again', ...attributes], {
        env: environment,
        input: 'other',
      });
      expect(stored.code).toBe(0);
      const store = await open(contextIn(home.path, environment));
      await expect(store.get(service)).rejects.toThrow('holds this entry twice');
      await expect(store.delete?.(service)).rejects.toMatchObject({ code: 'store-unavailable' });
    });
  }, 30_000);

  it('CS17 the kernel keyring never takes a secret', async () => {
    using home = temporaryDirectory();
    const store = await open(contextIn(home.path, { DBUS_SESSION_BUS_ADDRESS: '' }));
    await expect(store.set?.(service, bearer('s3cret'))).rejects.toMatchObject({ code: 'store-unavailable' });
    const keys = await run('cat', ['/proc/keys'], {});
    expect(keys.stdout).not.toContain('packages.example.com');
  });
});

describe('a bus that keeps silent', () => {
  it('CS16 is given up once and then not asked again', async () => {
    using home = temporaryDirectory();
    await using bus = await hangingDbus();
    const context = contextIn(home.path, { DBUS_SESSION_BUS_ADDRESS: bus.address });
    const store = await open(context);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(store.set?.(service, bearer('s3cret'))).rejects.toThrow('did not answer');
    }
    expect(bus.connections).toBe(1);
  }, 20_000);
});

import { type Credential, type CredentialKind, Secret } from '@pkgauth/protocol';
import fc from 'fast-check';
import type { CredentialStore } from 'pkgauth';
import { describe, expect, it } from 'vitest';

export type StoreUnderTest = AsyncDisposable & {
  readonly store: CredentialStore;
  /** The same place as another process would open it. */
  open(): Promise<CredentialStore>;
};

export type StoreTraits = {
  /** What can be stored; an API key may come back as the password of `__token__` (`keysBecomePasswords`). */
  readonly kinds: readonly CredentialKind[];
  readonly keysBecomePasswords?: true;
  /** Whether one service may have credentials of several users. */
  readonly severalUsers: boolean;
  /** Whether a service may have a path. */
  readonly paths: boolean;
  /** Passwords that the format can hold; default any text without control characters. */
  readonly passwords?: fc.Arbitrary<string>;
};

const root = 'https://packages.example.com/';
const other = 'https://other.example.com/';

const samples: Record<CredentialKind, (text: string) => Credential> = {
  basic: (text) => ({ kind: 'basic', username: 'ada', password: new Secret(text) }),
  bearer: (text) => ({ kind: 'bearer', token: new Secret(text) }),
  'api-key': (text) => ({ kind: 'api-key', key: new Secret(text) }),
  session: (text) => ({
    kind: 'session',
    accessToken: new Secret(`access-${text}`),
    refreshToken: new Secret(`refresh-${text}`),
  }),
};

/** Everything of a credential that must survive, secrets revealed. */
const plain = (credential: Credential | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(credential ?? {}).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]),
  );

const secretOf = (credential: Credential | undefined): string | undefined => {
  switch (credential?.kind) {
    case undefined:
      return undefined;
    case 'basic':
      return credential.password.reveal();
    case 'bearer':
      return credential.token.reveal();
    case 'api-key':
      return credential.key.reveal();
    case 'session':
      return credential.refreshToken.reveal();
  }
};

const defaultPasswords = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text) && text.trim() === text);

/** Which credentials the store takes, and that it says so. */
const kindTests = (
  open: () => Promise<StoreUnderTest>,
  { kinds, keysBecomePasswords }: StoreTraits,
): void => {
  it.each(kinds)('gives back a credential of kind %s, also to another process', async (kind) => {
    await using subject = await open();
    await subject.store.set?.(root, samples[kind]('s3cret'));
    const found = await (await subject.open()).get(root);
    if (kind === 'api-key' && keysBecomePasswords) {
      expect(plain(found?.credential)).toMatchObject({
        kind: 'basic',
        username: '__token__',
        password: 's3cret',
      });
    } else {
      expect(plain(found?.credential)).toMatchObject(plain(samples[kind]('s3cret')));
    }
    expect(found?.origin).not.toBe('');
  });

  const refused = (Object.keys(samples) as CredentialKind[]).filter((kind) => !kinds.includes(kind));
  it.each(refused)('refuses a credential of kind %s', async (kind) => {
    await using subject = await open();
    await expect(subject.store.set?.(root, samples[kind]('s3cret'))).rejects.toMatchObject({
      code: 'store-unsuited',
    });
    expect(await subject.store.list()).toEqual([]);
  });
};

const entryTests = (open: () => Promise<StoreUnderTest>, { kinds, severalUsers }: StoreTraits): void => {
  const [kind = 'basic'] = kinds;
  const sample = samples[kind];

  it('answers undefined for what was never stored', async () => {
    await using subject = await open();
    expect(await subject.store.get(root)).toBeUndefined();
    expect(await subject.store.match({ kind: 'url', url: root })).toBeUndefined();
    expect(await subject.store.list()).toEqual([]);
    expect(await subject.store.delete?.(root)).toBe(false);
  });

  it('replaces the entry of the same service and user', async () => {
    await using subject = await open();
    await subject.store.set?.(root, sample('first'));
    await subject.store.set?.(root, sample('second'));
    expect(secretOf((await subject.store.get(root))?.credential)).toContain('second');
    expect(await subject.store.list()).toHaveLength(1);
  });

  it('deletes one service and leaves the others', async () => {
    await using subject = await open();
    await subject.store.set?.(root, sample('mine'));
    await subject.store.set?.(other, sample('theirs'));
    expect(await subject.store.delete?.(root)).toBe(true);
    expect(await subject.store.delete?.(root)).toBe(false);
    expect(await subject.store.get(root)).toBeUndefined();
    expect(secretOf((await subject.store.get(other))?.credential)).toContain('theirs');
  });

  it('lists services without a secret', async () => {
    await using subject = await open();
    await subject.store.set?.(root, sample('canary-5d1f'));
    await subject.store.set?.(other, sample('canary-5d1f'));
    const listed = await subject.store.list();
    expect(listed.map(({ service }) => service).sort()).toEqual([other, root]);
    expect(JSON.stringify(listed)).not.toContain('canary-5d1f');
  });

  if (!severalUsers) return;
  it('keeps the users of one service apart', async () => {
    await using subject = await open();
    const of = (username: string): Credential => ({
      kind: 'basic',
      username,
      password: new Secret(`pw-${username}`),
    });
    await subject.store.set?.(root, of('ada'));
    await subject.store.set?.(root, of('grace'));
    expect(secretOf((await subject.store.get(root, 'grace'))?.credential)).toBe('pw-grace');
    expect(await subject.store.get(root, 'linus')).toBeUndefined();
    expect(await subject.store.delete?.(root, 'ada')).toBe(true);
    expect(await subject.store.get(root, 'ada')).toBeUndefined();
    expect(secretOf((await subject.store.get(root))?.credential)).toBe('pw-grace');
  });
};

const matchTests = (open: () => Promise<StoreUnderTest>, { kinds, paths }: StoreTraits): void => {
  const [kind = 'basic'] = kinds;
  const sample = samples[kind];
  const match = async ({ store }: StoreUnderTest, url: string): Promise<string | undefined> =>
    (await store.match({ kind: 'url', url }))?.service;

  it('matches URLs of the service and no others', async () => {
    await using subject = await open();
    await subject.store.set?.(root, sample('s3cret'));
    expect(await match(subject, `${root}simple/acme/main/`)).toBe(root);
    expect(await match(subject, 'https://packages.example.com.evil.example/')).toBeUndefined();
    expect(await match(subject, 'https://evilpackages.example.com/')).toBeUndefined();
    expect(await match(subject, 'http://packages.example.com/')).toBeUndefined();
  });

  it('matches the user that is asked for', async () => {
    await using subject = await open();
    await subject.store.set?.(root, sample('s3cret'));
    const user = kind === 'basic' ? 'ada' : '__token__';
    const candidate = { kind: 'url', url: root } as const;
    expect((await subject.store.match(candidate, user))?.service).toBe(root);
    expect(await subject.store.match(candidate, 'somebody-else')).toBeUndefined();
  });

  if (!paths) return;
  it('matches the longest path by whole segments', async () => {
    await using subject = await open();
    const deep = `${root}simple/acme`;
    await subject.store.set?.(root, sample('wide'));
    await subject.store.set?.(deep, sample('deep'));
    expect(await match(subject, `${root}simple/acme/main/`)).toBe(deep);
    expect(await match(subject, `${root}simple/acme-evil/`)).toBe(root);
    expect(await match(subject, `${root}simple/acme/../other/`)).toBe(root);
    expect(secretOf((await subject.store.get(deep))?.credential)).toContain('deep');
  });
};

const valueTests = (open: () => Promise<StoreUnderTest>, traits: StoreTraits): void => {
  const sample = samples[traits.kinds.find((kind) => kind !== 'session') ?? 'session'];

  it('CS07 holds difficult characters', async () => {
    await using subject = await open();
    const secrets = traits.passwords ?? defaultPasswords;
    await fc.assert(
      fc.asyncProperty(secrets, async (text) => {
        await subject.store.set?.(root, sample(text));
        expect(secretOf((await (await subject.open()).get(root))?.credential)).toContain(text);
      }),
      { numRuns: 25 },
    );
  });

  it.each(['two\nlines', 'carriage\rreturn', 'nul\0', 'escape\u001b[31m'])(
    'RM08 refuses %j or gives it back whole',
    async (text) => {
      await using subject = await open();
      await subject.store.set?.(other, sample('s3cret'));
      const stored = await Promise.allSettled([subject.store.set?.(root, sample(text))]);
      const found = await subject.store.get(root);
      if (stored[0].status === 'fulfilled') expect(secretOf(found?.credential)).toContain(text);
      else expect(found).toBeUndefined();
      expect(secretOf((await subject.store.get(other))?.credential)).toContain('s3cret');
    },
  );

  it('CS08 keeps what twenty writers store at the same time', async () => {
    await using subject = await open();
    const services = Array.from({ length: 20 }, (_, index) => `https://host-${index}.example.com/`);
    await Promise.all(
      services.map(async (service, index) =>
        (await subject.open()).set?.(service, sample(`secret-${index}`)),
      ),
    );
    for (const [index, service] of services.entries()) {
      expect(secretOf((await subject.store.get(service))?.credential)).toContain(`secret-${index}`);
    }
  });
};

/** Compare-and-set under the refresh lock; for stores that hold sessions. */
const holdTests = (open: () => Promise<StoreUnderTest>): void => {
  const [before, after] = [samples.session('before'), samples.session('after')];
  const hold = (subject: StoreUnderTest): NonNullable<CredentialStore['hold']> => {
    if (subject.store.hold === undefined) throw new Error('a store of sessions must be able to hold one');
    return subject.store.hold;
  };

  it('LF22 replaces a session that is still the expected one', async () => {
    await using subject = await open();
    await subject.store.set?.(root, before);
    const replaced = await hold(subject)(root, 1000, async (held) => {
      expect(secretOf((await held.read())?.credential)).toBe('refresh-before');
      return held.replace(before, after);
    });
    expect(replaced).toBe(true);
    expect(secretOf((await subject.store.get(root))?.credential)).toBe('refresh-after');
  });

  it('LF22 leaves a session that has become another one', async () => {
    await using subject = await open();
    await subject.store.set?.(root, after);
    expect(await hold(subject)(root, 1000, (held) => held.replace(before, samples.session('late')))).toBe(
      false,
    );
    expect(secretOf((await subject.store.get(root))?.credential)).toBe('refresh-after');
  });

  it('CS21 does not bring back a session that was deleted', async () => {
    await using subject = await open();
    await subject.store.set?.(root, before);
    await subject.store.delete?.(root);
    expect(await hold(subject)(root, 1000, (held) => held.replace(before, after))).toBe(false);
    expect(await subject.store.get(root)).toBeUndefined();
  });

  it('ends the waiting for an entry when there is an answer instead', async () => {
    await using subject = await open();
    await subject.store.set?.(root, before);
    const waiting = await subject.open();
    const answer = await hold(subject)(root, 1000, async () =>
      waiting.hold?.(
        root,
        20_000,
        async () => 'held',
        async () => 'instead',
      ),
    );
    expect(answer).toBe('instead');
    expect(
      await hold(subject)(
        root,
        1000,
        async () => 'held',
        async () => 'instead',
      ),
    ).toBe('held');
  });

  it('lets one at a time hold an entry', async () => {
    await using subject = await open();
    await subject.store.set?.(root, before);
    let [inside, most] = [0, 0];
    const visit = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    const stores = await Promise.all(Array.from({ length: 8 }, () => subject.open()));
    await Promise.all(stores.map(async (store) => store.hold?.(root, 20_000, visit)));
    expect(most).toBe(1);
  });
};

/**
 * The contract of `CredentialStore`, for stores that can be written: what it keeps, finds, replaces and refuses. `open`
 * makes a new, empty store each time.
 */
export const storeContract = (
  name: string,
  traits: StoreTraits,
  open: () => Promise<StoreUnderTest>,
): void => {
  // A store may need a process of its own for each of twenty writers.
  describe(`store contract: ${name}`, { timeout: 60_000 }, () => {
    kindTests(open, traits);
    entryTests(open, traits);
    matchTests(open, traits);
    valueTests(open, traits);
    if (traits.kinds.includes('session')) holdTests(open);
  });
};

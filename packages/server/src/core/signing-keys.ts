import { recordAudit } from './audit.ts';
import { StartupError } from './errors.ts';
import type { SigningAlgorithm, SigningKey } from './model.ts';
import type { Clock, Crypto, Epoch, Jws, JwsVerifier, Storage } from './ports/index.ts';
import { accessTokenLife, leeway } from './revocations.ts';
import type { By, PublishedKey, SigningKeys } from './services.ts';

/** A key is published for so long before it signs: verifiers cache a JWKS. Milliseconds. */
export const publicationTime = 10 * 60 * 1000;

/** Keys are rotated when the newest is so old. Milliseconds. */
const greatestAge = 90 * 24 * 60 * 60 * 1000;

const algorithms = ['ES256', 'RS256'] as const satisfies readonly SigningAlgorithm[];
const system: By = { actor: 'system', request: null };

/** The keys as those need them who sign and verify. */
export type Keyring = SigningKeys & {
  /** Rotates when it is time; at several nodes at once that may make more than one new key, which harms nobody. */
  rotateWhenOld(): Promise<void>;
  /** Signs the payload of an access token with the active ES256 key. */
  sign(payload: Record<string, unknown>): string;
  /** The payload of an access token that one of the published keys signed; undefined for any other text. */
  verify(token: string): Record<string, unknown> | undefined;
  /** Changes whenever the set of published keys does; what was verified before is then to be asked again. */
  readonly generation: number;
  /** Private JWKs of the active key of each algorithm, for id tokens. */
  activePrivateJwks(): Record<string, unknown>[];
};

export type SigningKeyDeps = {
  storage: Storage;
  crypto: Crypto;
  jws: Jws;
  clock: Clock;
  epoch: Epoch;
};

type LoadedKey = {
  row: SigningKey;
  privateJwk: string;
  publicJwk: Record<string, unknown>;
  /** Only ES256 keys sign access tokens. */
  accessTokens: AccessTokenKey | undefined;
};
type AccessTokenKey = { sign(payload: Record<string, unknown>): string; verifier: JwsVerifier };

const contextOf = (kid: string): string => `signing-key:${kid}`;

/** The service's signing keys, in memory; reloaded when the epoch moves. */
export function createSigningKeys(deps: SigningKeyDeps): Keyring {
  const { storage, clock, epoch } = deps;
  let keys: readonly LoadedKey[] = [];
  let byHeader: ReadonlyMap<string, LoadedKey> = new Map();
  let generation = 0;

  async function reload(): Promise<void> {
    const rows = await storage.signingKeys.listPublished(clock.now());
    const same = rows.length === keys.length && rows.every((row) => keys.some((key) => isSame(key.row, row)));
    if (same) return;
    keys = rows.map((row) => keys.find((key) => isSame(key.row, row)) ?? openKey(deps, row));
    byHeader = new Map(keys.flatMap(headerOf));
    generation += 1;
  }
  const active = (algorithm: SigningAlgorithm): LoadedKey => activeAmong(keys, algorithm, clock.now());

  epoch.onChange(() => {
    // What cannot be read now is read at the next change or start; the loaded keys stay good until they retire.
    reload().catch(() => {});
  });
  return {
    ...createKeyChanges(deps, () => keys, reload),
    published: () => publishedAt(keys, clock.now()),
    get generation() {
      return generation;
    },
    sign: (payload) => (active('ES256').accessTokens as AccessTokenKey).sign(payload),
    verify(token) {
      const key = byHeader.get(token.slice(0, token.indexOf('.')));
      if (key?.accessTokens === undefined || !isPublished(key.row, clock.now())) return undefined;
      return key.accessTokens.verifier.verify(token);
    },
    activePrivateJwks: () => algorithms.map((algorithm) => parseJwk(active(algorithm).privateJwk)),
  };
}

function createKeyChanges(
  deps: SigningKeyDeps,
  current: () => readonly LoadedKey[],
  reload: () => Promise<void>,
): Pick<Keyring, 'load' | 'rotate' | 'rotateWhenOld' | 'withdraw'> {
  const { clock, epoch } = deps;
  const inForce = async (): Promise<void> => {
    await epoch.refresh();
    await reload();
  };
  async function rotate(by: By): Promise<void> {
    const activeAt = clock.now() + publicationTime;
    const former = current().filter((key) => key.row.retiredAt === null);
    for (const algorithm of algorithms) await addKey(deps, algorithm, activeAt, by);
    for (const { row } of former) {
      await retireKey(deps, row.kid, activeAt + accessTokenLife + 2 * leeway, by);
    }
    await inForce();
  }
  return {
    async load() {
      await reload();
      const missing = algorithms.filter(
        (algorithm) => !current().some((key) => key.row.algorithm === algorithm),
      );
      for (const algorithm of missing) await addKey(deps, algorithm, clock.now(), system);
      await inForce();
    },
    rotate,
    async rotateWhenOld() {
      const newest = Math.max(...current().map((key) => key.row.createdAt));
      if (clock.now() - newest >= greatestAge) await rotate(system);
    },
    async withdraw(kid, by) {
      const { algorithm } = current().find((key) => key.row.kid === kid)?.row ?? {};
      const others = current().some((key) => key.row.kid !== kid && key.row.algorithm === algorithm);
      if (algorithm !== undefined && !others) await addKey(deps, algorithm, clock.now(), by);
      await retireKey(deps, kid, clock.now(), by);
      await inForce();
    },
  };
}

const headerOf = (key: LoadedKey): [string, LoadedKey][] =>
  key.accessTokens === undefined ? [] : [[key.accessTokens.verifier.header, key]];

/** The newest one that may sign already. Two nodes that made one each at the first start choose the same. */
function activeAmong(keys: readonly LoadedKey[], algorithm: SigningAlgorithm, now: number): LoadedKey {
  const published = keys.filter(({ row }) => row.algorithm === algorithm && isPublished(row, now));
  const key = published.filter(({ row }) => row.activeAt <= now).toSorted(newestFirst)[0] ?? published[0];
  if (key === undefined) throw new TypeError(`no ${algorithm} key is loaded`);
  return key;
}

const newestFirst = (a: LoadedKey, b: LoadedKey): number =>
  b.row.activeAt - a.row.activeAt || (a.row.kid < b.row.kid ? -1 : 1);

const isPublished = (row: SigningKey, now: number): boolean => row.retiredAt === null || now < row.retiredAt;

const isSame = (a: SigningKey, b: SigningKey): boolean => a.kid === b.kid && a.retiredAt === b.retiredAt;

const parseJwk = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

function publishedAt(keys: readonly LoadedKey[], now: number): PublishedKey[] {
  return keys
    .filter((key) => isPublished(key.row, now))
    .map(({ row, publicJwk }) => ({ kid: row.kid, algorithm: row.algorithm, publicJwk }));
}

function openKey({ crypto, jws }: SigningKeyDeps, row: SigningKey): LoadedKey {
  const privateJwk = openPrivateJwk(crypto, row);
  const { kid, algorithm, publicJwk } = row;
  const accessTokens =
    algorithm === 'ES256'
      ? { sign: jws.signer(kid, privateJwk), verifier: jws.verifier(kid, publicJwk) }
      : undefined;
  return { row, privateJwk, publicJwk: parseJwk(publicJwk), accessTokens };
}

function openPrivateJwk(crypto: Crypto, row: SigningKey): string {
  try {
    return crypto.open(row.sealedPrivateJwk, contextOf(row.kid));
  } catch (cause) {
    throw new StartupError(
      'secret-wrong',
      "the service's secret is not the one that this database was made with",
      {
        cause,
        hint: 'put the former secret.key (or PKGAUTH_SECRET) back; without it nobody can open what was sealed',
      },
    );
  }
}

async function addKey(
  deps: SigningKeyDeps,
  algorithm: SigningAlgorithm,
  activeAt: number,
  by: By,
): Promise<void> {
  const { kid, privateJwk, publicJwk } = await deps.jws.generate(algorithm);
  const row: SigningKey = {
    kid,
    algorithm,
    sealedPrivateJwk: deps.crypto.seal(privateJwk, contextOf(kid)),
    publicJwk,
    createdAt: deps.clock.now(),
    activeAt,
    retiredAt: null,
  };
  await deps.storage.transaction(async (storage) => {
    await storage.signingKeys.insert(row);
    await storage.revocations.bump();
    await recordAudit(storage, deps.clock, by, {
      action: 'signing-key.add',
      target: kid,
      detail: { algorithm },
    });
  });
}

async function retireKey({ storage, clock }: SigningKeyDeps, kid: string, at: number, by: By): Promise<void> {
  await storage.transaction(async (step) => {
    await step.signingKeys.retire(kid, at);
    await step.revocations.bump();
    await recordAudit(step, clock, by, { action: 'signing-key.retire', target: kid, detail: { at } });
  });
}

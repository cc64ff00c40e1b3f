import { createEpoch, type Revocations } from './epoch.ts';
import { createRefresh } from './grants/refresh.ts';
import { createBrowserSessions } from './identity/browser-sessions.ts';
import { createPasswords } from './identity/passwords.ts';
import { createSignInLinks } from './identity/sign-in-links.ts';
import { createUsers } from './identity/users.ts';
import { createMembers } from './orgs/members.ts';
import type { Clock, Crypto, Epoch, Jws, Random, Storage, Timers } from './ports/index.ts';
import { createPyxLogins } from './pyx-logins.ts';
import type { Poll, Services } from './services.ts';
import { createSessions, type SessionService } from './sessions.ts';
import { createSigningKeys, type Keyring } from './signing-keys.ts';
import { type ApiKeyService, createApiKeys } from './tokens/api-keys.ts';
import { createTokenService } from './tokens/token-service.ts';
import { createVerifier } from './tokens/verifier.ts';

export type CoreDeps = {
  storage: Storage;
  crypto: Crypto;
  jws: Jws;
  clock: Clock;
  random: Random;
  timers: Timers;
  /** The service's origin without a trailing slash: issuer and audience of its tokens. */
  issuer: string;
  /** Milliseconds, see `RefreshDeps`. */
  refreshGrace: number;
};

/** The services, and what the authorization server's own door needs of them besides. */
export type Core = Services & {
  readonly epoch: Epoch & Revocations & Poll;
  readonly signingKeys: Keyring;
  readonly sessions: SessionService;
  readonly apiKeys: ApiKeyService;
  /** Reads the epoch and the signing keys; the service can answer when it resolves. Throws `StartupError`. */
  load(): Promise<void>;
  /** Begins to follow other processes' changes and to write what is batched. */
  start(): void;
  stop(): void;
};

export function createServices(deps: CoreDeps): Core {
  const { storage } = deps;
  const epoch = createEpoch(deps);
  const keyring = createSigningKeys({ ...deps, epoch });
  const tokens = createTokenService({ ...deps, keyring });
  const sessions = createSessions({ ...deps, epoch, tokens, keyring });
  const apiKeys = createApiKeys({ ...deps, epoch, tokens });
  const verifier = createVerifier({ ...deps, epoch, keyring, keyUsed: apiKeys.used });
  return {
    verifier,
    epoch,
    signingKeys: keyring,
    users: createUsers({ ...deps, epoch }),
    members: createMembers({ ...deps, epoch }),
    passwords: createPasswords(deps),
    browserSessions: createBrowserSessions(deps),
    signInLinks: createSignInLinks(deps),
    sessions,
    refresh: createRefresh({ ...deps, tokens, sessions, grace: deps.refreshGrace }),
    apiKeys,
    pyxLogins: createPyxLogins({ ...deps, sessions }),
    async load() {
      await storage.ping();
      await epoch.refresh();
      await keyring.load();
    },
    ...createBackground(deps.timers, keyring, [epoch, apiKeys]),
  };
}

const keyAgeCheck = 60 * 60 * 1000;

function createBackground(timers: Timers, keyring: Keyring, polls: readonly Poll[]): Poll {
  let stopRotating = (): void => {};
  return {
    start() {
      for (const poll of polls) poll.start();
      stopRotating = timers.every(keyAgeCheck, keyring.rotateWhenOld);
    },
    stop() {
      stopRotating();
      for (const poll of polls) poll.stop();
    },
  };
}

import type { Credential } from '@pkgauth/protocol';
import { sameCredential } from './credential-text.ts';
import { usernameOf } from './file-store.ts';
import { bestMatch, isEntryOf, tokenUser } from './matching.ts';
import type { CredentialStore, StoredCredential, StoredService } from './store.ts';

type Entry = StoredService & { readonly credential: Credential };

/** A store that lives as long as the process; for tests and for programs that keep their own credentials. */
export const memoryStore = (): CredentialStore => {
  let entries: readonly Entry[] = [];
  let isHeld = false;

  const get = async (service: string, username?: string): Promise<StoredCredential | undefined> => {
    const entry = entries.find((candidate) => isEntryOf(candidate, service, username));
    return entry === undefined
      ? undefined
      : { service: entry.service, credential: entry.credential, origin: 'memory' };
  };
  const set = (service: string, credential: Credential): void => {
    const entry = { service, credential, kind: credential.kind, ...usernameOf(credential) };
    const others = entries.filter(
      (candidate) => !isEntryOf(candidate, service) || candidate.username !== entry.username,
    );
    entries = [...others, entry];
  };

  return {
    name: 'memory',
    location: 'memory',
    match: async (candidate, username) => bestMatch(entries, candidate, username),
    get,
    list: async () => entries.map(({ credential: _credential, ...service }) => service),
    set: async (service, credential) => set(service, credential),
    delete: async (service, username) => {
      const before = entries.length;
      entries = entries.filter((entry) => !isEntryOf(entry, service, username));
      return entries.length < before;
    },
    hold: async (service, _limit, work, instead) => {
      const replace = async (expected: Credential, next: Credential): Promise<boolean> => {
        const current = (await get(service, tokenUser))?.credential;
        if (current === undefined || !sameCredential(current, expected)) return false;
        set(service, next);
        return true;
      };
      while (isHeld) {
        const answer = await instead?.();
        if (answer !== undefined) return answer;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      isHeld = true;
      try {
        return await work({ read: () => get(service, tokenUser), replace });
      } finally {
        isHeld = false;
      }
    },
  };
};

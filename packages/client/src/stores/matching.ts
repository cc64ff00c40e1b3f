import { realmOf, type ServiceCandidate, sameService, serviceMatchesCandidate } from '@pkgauth/protocol';
import type { StoredService } from './store.ts';

/** The user name of every credential that is a token. */
export const tokenUser = '__token__';

export const userOf = ({ username }: Pick<StoredService, 'username'>): string => username ?? tokenUser;

/** Whether an entry is that of a service and, when one is named, of a user. */
export const isEntryOf = (entry: StoredService, service: string, username?: string): boolean =>
  sameService(entry.service, service) && (username === undefined || userOf(entry) === username);

const candidateRealm = (candidate: ServiceCandidate): ReturnType<typeof realmOf> =>
  candidate.kind === 'url' ? realmOf(candidate.url) : candidate.realm;

/** An entry for a host covers its ports and schemes, but not unencrypted requests to another machine. */
const coversHost = (service: string, candidate: ServiceCandidate): boolean => {
  const realm = candidateRealm(candidate);
  const isLocal = realm !== undefined && /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(realm.host);
  return (
    realm !== undefined && realm.host === realmOf(service)?.host && (realm.scheme === 'https' || isLocal)
  );
};

const covers = ({ service, hostOnly }: StoredService, candidate: ServiceCandidate): boolean =>
  hostOnly === true ? coversHost(service, candidate) : serviceMatchesCandidate(service, candidate);

/** Number of path segments of a service; an entry for a whole host comes after one for the root of a realm. */
export const depthOf = ({ service, hostOnly }: Pick<StoredService, 'service' | 'hostOnly'>): number =>
  hostOnly === true ? -1 : new URL(service).pathname.split('/').filter((segment) => segment !== '').length;

/**
 * The entry that applies, for any user or the one named. A URL is answered by the longest path that covers it; a question
 * that names only a host and port, by the shortest. Of equals the first one wins.
 */
export const bestMatch = <T extends StoredService>(
  entries: readonly T[],
  candidate: ServiceCandidate,
  username?: string,
): T | undefined => {
  const sign = candidate.kind === 'url' ? 1 : -1;
  const applicable = entries.filter(
    (entry) => (username === undefined || userOf(entry) === username) && covers(entry, candidate),
  );
  return applicable.reduce<T | undefined>(
    (best, entry) => (best === undefined || sign * (depthOf(entry) - depthOf(best)) > 0 ? entry : best),
    undefined,
  );
};

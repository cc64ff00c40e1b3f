import { parseHttpUrl, type Realm, realmOf, sameRealm } from './realm.ts';
import { serviceMatchesUrl } from './service.ts';

/** One reading of the service name in a `keyring` question. */
export type ServiceCandidate =
  /** A URL: the services that cover it may answer. */
  | { kind: 'url'; url: string }
  /** Only scheme, host and port were named: the services of that realm may answer, whatever their path. */
  | { kind: 'realm'; realm: Realm };

const isRoot = (url: string): boolean => /^\/*$/.test(parseHttpUrl(url)?.pathname ?? '');

const realmCandidates = (urls: string[]): ServiceCandidate[] =>
  urls.flatMap((url) => {
    const realm = realmOf(url);
    return realm === undefined ? [] : [{ kind: 'realm' as const, realm }];
  });

/**
 * What a `keyring` caller may mean by a service name, likeliest first. pip asks for the index URL and then its `host:port`,
 * uv also for `scheme://host:port`, twine for the upload URL. A bare host is tried as https and then as http; without a
 * port it means the scheme's default one. Empty for anything else (no host, relative, other schemes, white space): such a
 * question has no answer.
 */
export const keyringCandidates = (service: string): ServiceCandidate[] => {
  if (parseHttpUrl(service) !== undefined) {
    return isRoot(service) && !/[?#]/.test(service)
      ? [{ kind: 'url', url: service }, ...realmCandidates([service])]
      : [{ kind: 'url', url: service }];
  }
  if (!/^(?:[^\s/?#@:\\[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(service)) return [];
  return realmCandidates([`https://${service}/`, `http://${service}/`]);
};

/** Whether a stored service answers a candidate. */
export const serviceMatchesCandidate = (service: string, candidate: ServiceCandidate): boolean => {
  if (candidate.kind === 'url') return serviceMatchesUrl(service, candidate.url);
  const realm = realmOf(service);
  return realm !== undefined && sameRealm(realm, candidate.realm);
};

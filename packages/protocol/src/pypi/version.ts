/** A version's number; beyond 15 digits a bigint, so that order and spelling stay exact. */
export type VersionNumber = number | bigint;

/** A PEP 440 version; `release` has its trailing zeros. */
export type Version = {
  epoch: VersionNumber;
  release: VersionNumber[];
  pre?: { label: 'a' | 'b' | 'rc'; number: VersionNumber };
  post?: VersionNumber;
  dev?: VersionNumber;
  local?: (VersionNumber | string)[];
};

const grammar =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?<preNumber>\d+)?)?(?:-(?<bare>\d+)|(?<post>[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>\d+)?))?(?<dev>[-_.]?dev[-_.]?(?<devNumber>\d+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const preLabels: Record<string, 'a' | 'b' | 'rc'> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
};

const numberOf = (digits: string | undefined): VersionNumber =>
  digits === undefined ? 0 : digits.length > 15 ? BigInt(digits) : Number(digits);

const localPart = (part: string): VersionNumber | string => (/^\d+$/.test(part) ? numberOf(part) : part);

/** Parses a version (PEP 440, every accepted spelling); `undefined` when it is none, or longer than 255 characters. */
export const parseVersion = (text: string): Version | undefined => {
  if (text.length > 255) return undefined;
  const groups = grammar.exec(text.trim().toLowerCase())?.groups;
  if (groups === undefined) return undefined;
  const version: Version = {
    epoch: numberOf(groups.epoch),
    release: (groups.release ?? '').split('.').map(numberOf),
  };
  const label = preLabels[groups.pre ?? ''];
  if (label !== undefined) version.pre = { label, number: numberOf(groups.preNumber) };
  if (groups.bare !== undefined || groups.post !== undefined)
    version.post = numberOf(groups.bare ?? groups.postNumber);
  if (groups.dev !== undefined) version.dev = numberOf(groups.devNumber);
  if (groups.local !== undefined) version.local = groups.local.split(/[-_.]/).map(localPart);
  return version;
};

/** The normal form of a version (PEP 440). */
export const formatVersion = ({ epoch, release, pre, post, dev, local }: Version): string =>
  (epoch > 0 ? `${epoch}!` : '') +
  release.join('.') +
  (pre === undefined ? '' : pre.label + pre.number) +
  (post === undefined ? '' : `.post${post}`) +
  (dev === undefined ? '' : `.dev${dev}`) +
  (local === undefined ? '' : `+${local.join('.')}`);

/** The normal form of a version's text; `undefined` when it is no version. */
export const normalizeVersion = (text: string): string | undefined => {
  const version = parseVersion(text);
  return version === undefined ? undefined : formatVersion(version);
};

type Key = VersionNumber | string;

/** Text comes before every number. */
const compareKeys = (a: Key, b: Key): number => {
  const aIsText = typeof a === 'string';
  if (aIsText !== (typeof b === 'string')) return aIsText ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

/** The shorter list counts as padded with `padding`. */
const compareLists = (a: readonly Key[], b: readonly Key[], padding: Key): number => {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = compareKeys(a[index] ?? padding, b[index] ?? padding);
    if (order !== 0) return order;
  }
  return 0;
};

const preRank = ({ pre, post, dev }: Version): Key[] => {
  if (pre !== undefined) return [{ a: 0, b: 1, rc: 2 }[pre.label], pre.number];
  return post === undefined && dev !== undefined ? [-1, 0] : [3, 0];
};

/** Negative, zero or positive: the order of PEP 440. Trailing zeros of the release do not matter. */
export const compareVersions = (a: Version, b: Version): number =>
  compareKeys(a.epoch, b.epoch) ||
  compareLists(a.release, b.release, 0) ||
  compareLists(preRank(a), preRank(b), 0) ||
  compareKeys(a.post ?? -1, b.post ?? -1) ||
  compareKeys(a.dev ?? Number.POSITIVE_INFINITY, b.dev ?? Number.POSITIVE_INFINITY) ||
  compareLists(a.local ?? [], b.local ?? [], '');

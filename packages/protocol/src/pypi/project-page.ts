import { parseDistributionFilename } from './filename.ts';
import { compareVersions, parseVersion } from './version.ts';

/** One file of a project page (PEP 503, 592, 658, 691, 700, 714, 740). */
export type DistributionFile = {
  filename: string;
  /** Absolute when parsed with the page's address; without fragment. Written as it is. */
  url: string;
  /** Algorithm → lower-case hexadecimal digest. */
  hashes: Record<string, string>;
  requiresPython?: string;
  /** `true`, or the reason. */
  yanked?: boolean | string;
  /** Whether `<url>.metadata` exists, with its hashes when they are known. */
  coreMetadata?: boolean | Record<string, string>;
  /** Bytes. */
  size?: number;
  /** ISO 8601, as the index spells it. */
  uploadTime?: string;
  provenance?: string;
  gpgSig?: boolean;
};

export type ProjectPage = {
  /** Normalized (PEP 503). */
  name: string;
  files: DistributionFile[];
  /** As the index lists them, or those of the files, ascending. */
  versions: string[];
  meta: { apiVersion: string; lastSerial?: number };
  /** PEP 792: `archived`, `quarantined`, `deprecated`; absent means active. */
  status?: { status: string; reason?: string };
};

/** The versions that the names of these files mention: normal form, ascending, each once. */
export const versionsOfFiles = (files: readonly DistributionFile[]): string[] => {
  const versions = new Set<string>();
  for (const { filename } of files) {
    const name = parseDistributionFilename(filename);
    if (name !== undefined) versions.add(name.version);
  }
  const parsed = [...versions].flatMap((text) => {
    const version = parseVersion(text);
    return version === undefined ? [] : [{ text, version }];
  });
  return parsed.sort((a, b) => compareVersions(a.version, b.version)).map(({ text }) => text);
};

/** The simple API version that a page's content allows to claim: 1.1 and later demand the size of every file. */
export const apiVersionFor = (files: readonly DistributionFile[]): string =>
  files.every(({ size }) => size !== undefined) ? '1.4' : '1.0';

/** A file name that is safe as the last segment of a URL and as a name on disk. */
export const isSafeFilename = (filename: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  filename.length <= 512 && /^[^\u0000-\u0020/\\\u007f]+$/.test(filename) && !/^\.+$/.test(filename);

/** An algorithm's name and a hexadecimal digest, or nothing. */
export const readHash = (algorithm: string, digest: unknown): [string, string] | undefined =>
  typeof digest === 'string' &&
  /^[a-z][a-z0-9_]{1,15}$/i.test(algorithm) &&
  /^[0-9a-f]{16,128}$/i.test(digest)
    ? [algorithm.toLowerCase(), digest.toLowerCase()]
    : undefined;

import { ProtocolError } from '../errors.ts';
import { decodeUtf8, parseUrl } from '../platform.ts';
import { normalizeProjectName } from './name.ts';
import {
  apiVersionFor,
  type DistributionFile,
  isSafeFilename,
  type ProjectPage,
  readHash,
  versionsOfFiles,
} from './project-page.ts';

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

const readHashes = (value: unknown): Record<string, string> => {
  if (!isMembers(value)) return {};
  const hashes: Record<string, string> = {};
  for (const algorithm of Object.keys(value)) {
    const hash = readHash(algorithm, value[algorithm]);
    if (hash !== undefined) hashes[hash[0]] = hash[1];
  }
  return hashes;
};

const readUrl = (value: unknown, pageUrl: string): string | undefined => {
  if (!isText(value)) return undefined;
  if (/^https?:\/\/[^\s#]+$/.test(value)) return value;
  const url = parseUrl(value, pageUrl);
  return url !== undefined && /^https?:$/.test(url.protocol)
    ? url.href.slice(0, -url.hash.length || undefined)
    : undefined;
};

const readCoreMetadata = (value: unknown): boolean | Record<string, string> | undefined =>
  isMembers(value) ? readHashes(value) : typeof value === 'boolean' ? value : undefined;

const readFile = (members: unknown, pageUrl: string): DistributionFile | undefined => {
  if (!isMembers(members)) return undefined;
  const { filename, yanked, size, provenance } = members;
  const url = readUrl(members.url, pageUrl);
  if (!isText(filename) || !isSafeFilename(filename) || url === undefined) return undefined;
  const file: DistributionFile = { filename, url, hashes: readHashes(members.hashes) };
  const requiresPython = members['requires-python'];
  const coreMetadata = readCoreMetadata(members['core-metadata'] ?? members['dist-info-metadata']);
  const uploadTime = members['upload-time'];
  const gpgSig = members['gpg-sig'];
  if (isText(requiresPython) && requiresPython !== '') file.requiresPython = requiresPython;
  if (yanked === true || isText(yanked)) file.yanked = yanked === '' ? true : yanked;
  if (coreMetadata !== undefined) file.coreMetadata = coreMetadata;
  if (Number.isSafeInteger(size) && (size as number) >= 0) file.size = size as number;
  if (isText(uploadTime)) file.uploadTime = uploadTime;
  if (isText(provenance)) file.provenance = provenance;
  if (typeof gpgSig === 'boolean') file.gpgSig = gpgSig;
  return file;
};

const readStatus = (value: unknown): ProjectPage['status'] => {
  if (!isMembers(value) || !isText(value.status) || value.status === 'active') return undefined;
  return isText(value.reason) ? { status: value.status, reason: value.reason } : { status: value.status };
};

const readMeta = (value: unknown): ProjectPage['meta'] => {
  const members = isMembers(value) ? value : {};
  const apiVersion = members['api-version'];
  const lastSerial = members['_last-serial'];
  if (isText(apiVersion) && !/^1\.\d+$/.test(apiVersion)) {
    throw new ProtocolError('unsupported', 'the index answers with an unknown version of the simple API');
  }
  return {
    apiVersion: isText(apiVersion) ? apiVersion : '1.0',
    ...(Number.isSafeInteger(lastSerial) ? { lastSerial: lastSerial as number } : {}),
  };
};

const parseObject = (input: string | Uint8Array): Members => {
  let value: unknown;
  try {
    value = JSON.parse(typeof input === 'string' ? input : decodeUtf8(input));
  } catch {
    throw new ProtocolError('syntax', "the index's answer is not JSON");
  }
  if (!isMembers(value)) throw new ProtocolError('syntax', "the index's answer is not a JSON object");
  return value;
};

/**
 * Reads a project page in JSON (PEP 691 and its extensions). `pageUrl` is the address that it came from; relative file URLs
 * are resolved against it. Tolerant: malformed files and members are left out, unknown ones ignored. Throws `ProtocolError`
 * (`syntax`; `unsupported` for another major version) when it is not such a page at all.
 */
export const parseSimpleJson = (input: string | Uint8Array, pageUrl: string): ProjectPage => {
  const members = parseObject(input);
  if (!isText(members.name) || !Array.isArray(members.files)) {
    throw new ProtocolError('syntax', "the index's answer is not a project page: no name or no files");
  }
  const files = members.files.flatMap((member) => readFile(member, pageUrl) ?? []);
  const { versions } = members;
  const status = readStatus(members['project-status']);
  return {
    name: normalizeProjectName(members.name),
    files,
    versions: Array.isArray(versions) ? versions.filter(isText) : versionsOfFiles(files),
    meta: readMeta(members.meta),
    ...(status === undefined ? {} : { status }),
  };
};

const fileMembers = (file: DistributionFile): Members => ({
  filename: file.filename,
  url: file.url,
  hashes: file.hashes,
  ...(file.requiresPython === undefined ? {} : { 'requires-python': file.requiresPython }),
  ...(file.size === undefined ? {} : { size: file.size }),
  ...(file.uploadTime === undefined ? {} : { 'upload-time': file.uploadTime }),
  yanked: file.yanked ?? false,
  ...(file.coreMetadata === undefined
    ? {}
    : { 'core-metadata': file.coreMetadata, 'dist-info-metadata': file.coreMetadata }),
  ...(file.provenance === undefined ? {} : { provenance: file.provenance }),
  ...(file.gpgSig === undefined ? {} : { 'gpg-sig': file.gpgSig }),
});

/**
 * Writes a project page as `application/vnd.pypi.simple.v1+json`. The version claimed is what the content allows, not what
 * the page was read with.
 */
export const renderSimpleJson = (page: ProjectPage): string =>
  JSON.stringify({
    meta: {
      'api-version': apiVersionFor(page.files),
      ...(page.meta.lastSerial === undefined ? {} : { '_last-serial': page.meta.lastSerial }),
    },
    name: page.name,
    ...(page.status === undefined ? {} : { 'project-status': page.status }),
    versions: page.versions,
    files: page.files.map(fileMembers),
  });

/** Writes the list of projects (PEP 691) as `application/vnd.pypi.simple.v1+json`. */
export const renderProjectListJson = (names: readonly string[]): string =>
  JSON.stringify({ meta: { 'api-version': '1.4' }, projects: names.map((name) => ({ name })) });

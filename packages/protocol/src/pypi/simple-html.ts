import { ProtocolError } from '../errors.ts';
import { decodeUtf8, parseUrl } from '../platform.ts';
import { decodeReferences, type StartTag, startTags } from './html-scanner.ts';
import { normalizeProjectName } from './name.ts';
import {
  type DistributionFile,
  isSafeFilename,
  type ProjectPage,
  readHash,
  versionsOfFiles,
} from './project-page.ts';

const distributionExtension = /\.(?:whl|zip|egg|exe|msi|rpm|deb|dmg|tgz|tar(?:\.[a-z0-9]{1,4})?)$/i;

const decodePath = (text: string): string => {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The last path segment of a URL, decoded, or the link's text where the URL has none. */
const filenameOf = (url: string, text: string): string => {
  const path = url.slice(0, url.search(/[?]|$/));
  const last = decodePath(path.slice(path.lastIndexOf('/') + 1));
  return distributionExtension.test(last) ? last : decodeReferences(text).trim();
};

const hashesOf = (fragment: string): Record<string, string> => {
  for (const parameter of fragment.split('&')) {
    const [algorithm = '', digest] = parameter.split('=', 2);
    const hash = readHash(algorithm, digest);
    if (hash !== undefined) return { [hash[0]]: hash[1] };
  }
  return {};
};

const readMetadata = (value: string | undefined): DistributionFile['coreMetadata'] => {
  if (value === undefined || value === 'false') return undefined;
  const hashes = hashesOf(value);
  return Object.keys(hashes).length === 0 ? true : hashes;
};

const absolute = (href: string, base: string): string | undefined => {
  if (/^https?:\/\/[^\s]+$/i.test(href)) return href;
  const url = parseUrl(href, base);
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.href : undefined;
};

const readAnchor = ({ attributes }: StartTag, text: string, base: string): DistributionFile | undefined => {
  const href = absolute((attributes.get('href') ?? '').trim(), base);
  if (href === undefined) return undefined;
  const [url = '', fragment = ''] = href.split('#', 2);
  const filename = filenameOf(url, text);
  if (!distributionExtension.test(filename) || !isSafeFilename(filename)) return undefined;
  const file: DistributionFile = { filename, url, hashes: hashesOf(fragment) };
  const requiresPython = attributes.get('data-requires-python');
  const yanked = attributes.get('data-yanked');
  const coreMetadata = readMetadata(
    attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata'),
  );
  const gpgSig = attributes.get('data-gpg-sig');
  const provenance = attributes.get('data-provenance');
  if (requiresPython) file.requiresPython = requiresPython;
  if (yanked !== undefined) file.yanked = yanked === '' ? true : yanked;
  if (coreMetadata !== undefined) file.coreMetadata = coreMetadata;
  if (gpgSig === 'true' || gpgSig === 'false') file.gpgSig = gpgSig === 'true';
  if (provenance) file.provenance = provenance;
  return file;
};

const textAfter = (html: string, at: number): string => {
  const end = html.indexOf('<', at);
  return html.slice(at, Math.min(end < 0 ? html.length : end, at + 1024));
};

const requireVersion1 = (version: string): string => {
  if (/^1\.\d+$/.test(version)) return version;
  throw new ProtocolError('unsupported', 'the index answers with an unknown version of the simple API');
};

const decode = (input: string | Uint8Array): string => {
  if (typeof input === 'string') return input;
  try {
    return decodeUtf8(input);
  } catch {
    throw new ProtocolError('encoding', "the index's answer is not UTF-8");
  }
};

/**
 * Reads a project page in HTML (PEP 503 and its extensions) by its links' attributes, as installers do. `project` is the
 * name that was asked for (HTML pages do not say it reliably); `pageUrl` is where the page came from: relative links are
 * resolved against it, or against the page's `<base href>`. Links that name no distribution are left out. Throws
 * `ProtocolError`: `encoding`, or `unsupported` for another major version.
 */
export const parseSimpleHtml = (
  input: string | Uint8Array,
  pageUrl: string,
  project: string,
): ProjectPage => {
  const html = decode(input);
  const files: DistributionFile[] = [];
  const metas = new Map<string, string>();
  let base: string | undefined;
  for (const tag of startTags(html)) {
    if (tag.name === 'a') {
      const file = readAnchor(tag, textAfter(html, tag.end), base ?? pageUrl);
      if (file !== undefined) files.push(file);
    } else if (tag.name === 'base')
      base ??= parseUrl(tag.attributes.get('href')?.trim() ?? '', pageUrl)?.href;
    else if (tag.name === 'meta')
      metas.set(tag.attributes.get('name') ?? '', tag.attributes.get('content') ?? '');
  }
  const status = metas.get('pypi:project-status');
  const reason = metas.get('pypi:project-status-reason');
  return {
    name: normalizeProjectName(project),
    files,
    versions: versionsOfFiles(files),
    meta: { apiVersion: requireVersion1(metas.get('pypi:repository-version') ?? '1.0') },
    ...(status === undefined || status === 'active'
      ? {}
      : { status: reason === undefined ? { status } : { status, reason } }),
  };
};

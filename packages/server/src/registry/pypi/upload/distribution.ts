import { normalizeProjectName, normalizeVersion, parseDistributionFilename } from '@pkgauth/protocol';
import { ServiceError } from '../../../core/errors.ts';
import { readSdistMetadata, readWheelMetadata } from './archive-metadata.ts';
import { parseCoreMetadata } from './core-metadata.ts';

/** What the form and the file name say about a distribution, before its content is looked at. */
export type Declared = {
  filename: string;
  kind: 'wheel' | 'sdist';
  /** PEP 503 normalised. */
  project: string;
  /** PEP 440 normalised. */
  version: string;
  sha256: string;
};

/**
 * Checks the form against the file name: action, protocol version, file type, name, version and digest.
 * Follows the legacy upload API as twine and uv speak it. Throws `invalid-request` naming the field.
 */
export function checkDeclared(fields: ReadonlyMap<string, readonly string[]>, filename: string): Declared {
  const field = (name: string) => fields.get(name)?.[0] ?? '';
  const required = (name: string) => {
    const value = field(name);
    if (value === '') throw invalid(`the form has no ${name}`);
    return value;
  };
  if (required(':action') !== 'file_upload') throw invalid('the form field :action must be file_upload');
  if (required('protocol_version') !== '1') throw invalid('the form field protocol_version must be 1');
  const parsed = parseFilename(filename);
  const filetype = required('filetype');
  if (filetype !== { wheel: 'bdist_wheel', sdist: 'sdist' }[parsed.kind]) {
    throw invalid(`the form says filetype ${filetype}, which the name ${filename} is not`);
  }
  if (normalizeProjectName(required('name')) !== parsed.project)
    throw invalid(`the form's name is not that of ${filename}`);
  if (normalize(required('version'), 'the form') !== parsed.version)
    throw invalid(`the form's version is not that of ${filename}`);
  const sha256 = required('sha256_digest').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw invalid('the form field sha256_digest is not a SHA-256 in hexadecimal');
  return { filename, sha256, ...parsed };
}

function parseFilename(filename: string): Pick<Declared, 'kind' | 'project' | 'version'> {
  const parsed = parseDistributionFilename(filename);
  if (parsed === undefined || filename.endsWith('.zip')) {
    throw invalid(
      'the file name is neither that of a wheel (PEP 427) nor of a .tar.gz source distribution (PEP 625)',
    );
  }
  const { kind, project, version } = parsed;
  return { kind, project, version };
}

/**
 * Looks into the file: a whole archive whose core metadata has the declared name and version.
 *
 * @param path the complete upload; @param size its length in bytes.
 */
export async function checkDistribution(
  declared: Declared,
  path: string,
  size: number,
): Promise<{ metadata: Uint8Array; requiresPython: string | null }> {
  if (size === 0) throw invalid('the file is empty');
  const metadata = await { wheel: readWheelMetadata, sdist: readSdistMetadata }[declared.kind](path);
  const inside = parseCoreMetadata(metadata, { wheel: 'METADATA', sdist: 'PKG-INFO' }[declared.kind]);
  if (normalizeProjectName(inside.name) !== declared.project)
    throw invalid(`the metadata inside ${declared.filename} has another name`);
  if (normalize(inside.version, 'the metadata') !== declared.version)
    throw invalid(`the metadata inside ${declared.filename} has another version`);
  return { metadata, requiresPython: inside.requiresPython };
}

function normalize(version: string, where: string): string {
  const normalized = normalizeVersion(version);
  if (normalized === undefined) throw invalid(`the version in ${where} does not follow PEP 440`);
  return normalized;
}

const invalid = (message: string) => new ServiceError('invalid-request', message);

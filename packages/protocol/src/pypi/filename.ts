import { isProjectName, normalizeProjectName } from './name.ts';
import { normalizeVersion } from './version.ts';

/** What a distribution's file name says; `project` and `version` in normal form. */
export type DistributionName =
  | {
      kind: 'wheel';
      project: string;
      version: string;
      build?: string;
      pythonTags: string[];
      abiTags: string[];
      platformTags: string[];
    }
  | { kind: 'sdist'; project: string; version: string };

const wheelName = /^([\w.]+)-([\w.!+]+)(?:-(\d\w*))?-(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)\.whl$/;
const sdistName = /^(.+)-([\w.!+]+)\.(?:tar\.gz|zip)$/;

const parseWheel = (filename: string): DistributionName | undefined => {
  const [, name = '', versionText = '', build, python = '', abi = '', platform = ''] =
    wheelName.exec(filename) ?? [];
  const version = normalizeVersion(versionText);
  if (version === undefined || name.includes('__') || !isProjectName(name)) return undefined;
  return {
    kind: 'wheel',
    project: normalizeProjectName(name),
    version,
    ...(build === undefined ? {} : { build }),
    pythonTags: python.split('.'),
    abiTags: abi.split('.'),
    platformTags: platform.split('.'),
  };
};

/**
 * Reads the name of a wheel (PEP 427) or source distribution (PEP 625, and `.zip` as older ones have it); `undefined` for
 * every other name, so for anything with a path separator, white space or a version that PEP 440 does not know.
 */
export const parseDistributionFilename = (filename: string): DistributionName | undefined => {
  if (filename.length > 512) return undefined;
  if (filename.endsWith('.whl')) return parseWheel(filename);
  const [, name = '', versionText = ''] = sdistName.exec(filename) ?? [];
  const version = normalizeVersion(versionText);
  if (version === undefined || !isProjectName(name)) return undefined;
  return { kind: 'sdist', project: normalizeProjectName(name), version };
};

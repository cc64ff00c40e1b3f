import { formatPath, parseRequestPath } from '../request-path.ts';

/** What a path below `/simple/` asks for. Names are as the client wrote them, decoded. */
export type SimpleRoute = {
  organization: string;
  index: string;
} & (
  | { kind: 'projects' }
  | { kind: 'project'; project: string }
  | { kind: 'file'; project: string; filename: string }
  /** PEP 658: `<filename>.metadata`; `filename` is without the suffix. */
  | { kind: 'metadata'; project: string; filename: string }
);

/** `malformed` has no canonical form (400); `nothing` is no address of an index (404). */
export type ParsedRoute = SimpleRoute | { kind: 'malformed' } | { kind: 'nothing' };

const top = '/simple';
/** The short address of the service's own public mirror, `/simple/pypi/`, stands for `public/pypi`. */
const shortIndex = 'pypi';
const shortOrganization = 'public';
const metadataSuffix = '.metadata';

/** Whether a request target lies below `/simple`; everything that does is the gateway's to answer. */
export function isSimpleTarget(target: string): boolean {
  if (!target.startsWith(top)) return false;
  const next = target.charCodeAt(top.length);
  return Number.isNaN(next) || !isWordCharacter(next);
}

/** `/simplex` is somebody else's; `/simple;x` and `/simple%2f` are malformed spellings of ours. */
function isWordCharacter(code: number): boolean {
  return (
    code === 0x2d ||
    code === 0x5f ||
    (code >= 0x30 && code <= 0x39) ||
    ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)
  );
}

/** `/simple/<organization>/<index>/[<project>/[<filename>[.metadata]]]`, the short index too. */
export function parseSimpleRoute(target: string): ParsedRoute {
  const path = parseRequestPath(target);
  if (path === undefined || path.segments[0] !== 'simple') return { kind: 'malformed' };
  const short = path.segments[1] === shortIndex;
  const [organization, index, project, filename, ...rest] = short
    ? [shortOrganization, ...path.segments.slice(1)]
    : path.segments.slice(1);
  if (organization === undefined || index === undefined || rest.length > 0) return { kind: 'nothing' };
  const address = { organization, index };
  if (project === undefined) return { kind: 'projects', ...address };
  if (filename === undefined) return { kind: 'project', ...address, project };
  if (path.slash) return { kind: 'nothing' };
  return filename.endsWith(metadataSuffix)
    ? { kind: 'metadata', ...address, project, filename: filename.slice(0, -metadataSuffix.length) }
    : { kind: 'file', ...address, project, filename };
}

/** The path of an index, ending in a slash; the short form where there is one. */
export function indexPath(organization: string, index: string): string {
  const short = organization === shortOrganization && index === shortIndex;
  return formatPath(short ? ['simple', index] : ['simple', organization, index], true);
}

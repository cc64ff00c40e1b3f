import type { IndexAddress, ParsedTarget } from '../registry.ts';
import { formatPath, parseRequestPath } from '../request-path.ts';

/** What a path below `/simple/` asks for. Names are as the client wrote them, decoded. */
export type SimpleRoute = IndexAddress & {
  /** The path of the index as the client addressed it, ending in a slash: files stand below it (ADR 4). */
  base: string;
  /** Whether the path ended in a slash. */
  slash: boolean;
} & (
    | { kind: 'projects' }
    | { kind: 'project'; project: string }
    | { kind: 'file'; project: string; filename: string }
    /** PEP 658: `<filename>.metadata`; `filename` is without the suffix. */
    | { kind: 'metadata'; project: string; filename: string }
  );

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
export function parseSimpleRoute(target: string): ParsedTarget<SimpleRoute> {
  const path = parseRequestPath(target);
  if (path === undefined || path.segments[0] !== 'simple') return { kind: 'malformed' };
  const { segments, slash } = path;
  const short = segments[1] === shortIndex;
  const [organization, index] = short ? [shortOrganization, shortIndex] : segments.slice(1);
  const [project, filename, ...rest] = segments.slice(short ? 2 : 3);
  if (organization === undefined || index === undefined || rest.length > 0) return { kind: 'nothing' };
  const base = short ? `${top}/${shortIndex}/` : formatPath(['simple', organization, index], true);
  const address = { organization, index, base, slash };
  if (project === undefined) return { kind: 'route', route: { kind: 'projects', ...address } };
  if (filename === undefined) return { kind: 'route', route: { kind: 'project', ...address, project } };
  if (slash) return { kind: 'nothing' };
  return { kind: 'route', route: { ...fileKind(filename), ...address, project } };
}

function fileKind(filename: string): { kind: 'file' | 'metadata'; filename: string } {
  return filename.endsWith(metadataSuffix)
    ? { kind: 'metadata', filename: filename.slice(0, -metadataSuffix.length) }
    : { kind: 'file', filename };
}

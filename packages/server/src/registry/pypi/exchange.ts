import type { IncomingMessage, ServerResponse } from 'node:http';
import { isProjectName, normalizeProjectName } from '@pkgauth/protocol';
import { ServiceError } from '../../core/errors.ts';
import type { Clock, ResolvedIndex } from '../../core/ports/index.ts';
import { vary } from '../rendered.ts';
import type { SimpleRoute } from './routes.ts';

/** A request that was allowed, and the index that it is about. */
export type Exchange = { index: ResolvedIndex; request: IncomingMessage; response: ServerResponse };

export type RouteOf<Kind extends SimpleRoute['kind']> = Extract<SimpleRoute, { kind: Kind }>;

/** PEP 503 normalised; what cannot be a project's name is not found. */
export function projectOf(route: { project: string }, index: ResolvedIndex): string {
  if (!isProjectName(route.project)) throw notFound(index, 'project of this name');
  return normalizeProjectName(route.project);
}

export function notFound({ organization, name }: ResolvedIndex, what: string): ServiceError {
  return new ServiceError('not-found', `${organization.slug}/${name} has no ${what}`);
}

/** Within the same origin, so that clients keep their credential. */
export function redirect({ response }: Exchange, path: string): void {
  response.writeHead(301, [
    'Location',
    path,
    'Content-Length',
    '0',
    'Cache-Control',
    'private, max-age=3600',
    'Vary',
    vary,
  ]);
  response.end();
}

/** RFC 9111 §5.1 and the `Warning` of RFC 7234 §5.5.2, which clients that know it show. */
export function staleHeaders(staleSince: number | undefined, clock: Clock): readonly string[] {
  if (staleSince === undefined) return [];
  const age = Math.max(0, Math.floor((clock.now() - staleSince) / 1000));
  return ['Warning', '111 - "Revalidation Failed"', 'Age', String(age)];
}

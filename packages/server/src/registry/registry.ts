import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryKind } from '../core/model.ts';
import type { ResolvedIndex } from '../core/ports/index.ts';

/** The part of a request's meaning that every kind of registry has. */
export type IndexAddress = { organization: string; index: string };

/** `malformed` has no canonical form (400); `nothing` is no address of an index (404). */
export type ParsedTarget<Route> =
  | { kind: 'route'; route: Route }
  | { kind: 'malformed' }
  | { kind: 'nothing' };

/**
 * How one kind of registry speaks to its clients: the seam between the gateway, which decides, and what is served. It
 * never sees a credential or a principal; it is asked only for what was allowed.
 */
export type RegistryProtocol<Route extends IndexAddress = IndexAddress> = {
  readonly kind: RegistryKind;
  /** Whether a request target is this protocol's to answer, in whatever spelling. Cheap: every request passes here. */
  owns(target: string): boolean;
  parse(target: string): ParsedTarget<Route>;
  /**
   * Answers a GET or HEAD. At once where everything is at hand; a throw or rejection before the head was written is
   * answered by the gateway.
   */
  serve(
    route: Route,
    index: ResolvedIndex,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void>;
  /** A hosted project has changed: nothing made from its former state may be served from here on. */
  hostedChanged(registryId: string, project: string): void;
  stop(): Promise<void>;
};

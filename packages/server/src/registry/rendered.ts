import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip, matchesTag } from './conditional.ts';

/**
 * A text that is sent again and again, as bytes with their headers: nothing is put together for a request but the
 * choice between them.
 */
export type Rendered = {
  readonly plain: Variant;
  /** Made when first asked for. */
  packed: Variant | Promise<Variant> | undefined;
  /** Headers of a 304 by form. */
  readonly notModified: readonly [readonly string[], readonly string[]];
  /** Strong entity tags of the plain and the packed form. */
  readonly tags: readonly [string, string];
  /** Of either form. */
  readonly common: readonly string[];
};

type Variant = { readonly body: Buffer; readonly headers: readonly string[] };

/** Shorter texts are not worth packing: they fit into one packet as they are. */
const worthPacking = 1200;

const gzipAsync = promisify(gzip);

/** `changing`: to be validated before each use. `fixed`: never changes under its name. */
export const caching = {
  changing: 'private, no-cache',
  fixed: 'private, max-age=31536000, immutable',
} as const;

/** What every answer below an index carries: who may have it depends on the credential (GW06). */
export const vary = 'Accept, Authorization, Accept-Encoding';

/** Pages hold text of strangers, and browsers may look at them. */
const guarded = [
  ...['X-Content-Type-Options', 'nosniff'],
  ...[
    'Content-Security-Policy',
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
];

export function render(text: string | Uint8Array, type: string, kind: keyof typeof caching): Rendered {
  const body = Buffer.from(text);
  const digest = hash('sha256', body, 'hex').slice(0, 40);
  const tags = [`"${digest}"`, `"${digest}-gzip"`] as const;
  const validated = ['Cache-Control', caching[kind], 'Vary', vary];
  const common = ['Content-Type', type, ...validated, ...guarded];
  return {
    plain: { body, headers: headersOf(body, common, tags[0]) },
    packed: undefined,
    notModified: [
      [...validated, 'ETag', tags[0]],
      [...validated, 'ETag', tags[1]],
    ],
    tags,
    common,
  };
}

function headersOf(body: Buffer, common: readonly string[], tag: string): string[] {
  return ['Content-Length', String(body.length), 'ETag', tag, ...common];
}

/** Bytes of memory, the packed form included. */
export function weightOf({ plain }: Rendered): number {
  return plain.body.length + (plain.body.length >> 2) + 1000;
}

/**
 * Answers a GET or HEAD: 304 first, packed where the client takes it and it is worth it. `extra` headers come last.
 */
export function sendRendered(
  request: IncomingMessage,
  response: ServerResponse,
  rendered: Rendered,
  extra: readonly string[] = [],
): void | Promise<void> {
  const { headers } = request;
  if (matchesTag(headers['if-none-match'], ...rendered.tags)) {
    // The tag that the client holds, of either form: uv takes a 304 with another one for a change and asks again.
    const unchanged = rendered.notModified[headers['if-none-match']?.includes(rendered.tags[1]) ? 1 : 0];
    response.writeHead(304, extra.length === 0 ? (unchanged as string[]) : [...unchanged, ...extra]);
    response.end();
    return;
  }
  const packs = rendered.plain.body.length >= worthPacking && acceptsGzip(headers['accept-encoding']);
  if (!packs) return write(request, response, rendered.plain, extra);
  rendered.packed ??= pack(rendered);
  if (!(rendered.packed instanceof Promise)) return write(request, response, rendered.packed, extra);
  return rendered.packed.then((variant) => write(request, response, variant, extra));
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  variant: Variant,
  extra: readonly string[],
): void {
  response.writeHead(
    200,
    extra.length === 0 ? (variant.headers as string[]) : [...variant.headers, ...extra],
  );
  response.end(request.method === 'HEAD' ? undefined : variant.body);
}

async function pack(rendered: Rendered): Promise<Variant> {
  const body = await gzipAsync(rendered.plain.body);
  const headers = [...headersOf(body, rendered.common, rendered.tags[1]), 'Content-Encoding', 'gzip'];
  rendered.packed = { body, headers };
  return rendered.packed;
}

import type { ServerResponse } from 'node:http';
import { ServiceError, type ServiceErrorCode } from '../core/errors.ts';
import { StorageError, type StorageErrorCode } from '../core/ports/index.ts';

/**
 * The wire form of every error: status, title, reason phrase, challenge. Nothing else of the service decides one.
 *
 * Bodies follow RFC 9457 (`application/problem+json`). The reason phrase repeats the message in ASCII because it is
 * all that pip and twine show of an answer; uv shows `title` and `detail`. `type` is the relative reference
 * `/errors/<code>`, which RFC 9457 §3.1.1 resolves against the request.
 */
export type ProblemCode = ServiceErrorCode | 'internal';

type Row = {
  status: number;
  title: string;
  /** Whether the answer carries `WWW-Authenticate`, and with which RFC 6750 §3.1 error. */
  challenge?: 'plain' | 'invalid_token';
  /** What somebody who meets the error can do; for docs/errors.md. */
  remedy: string;
};

export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    remedy: 'Read the detail: it names what was wrong with the request.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    remedy: 'Use the method that the detail names.',
  },
  'invalid-grant': {
    status: 401,
    title: 'Login ended',
    challenge: 'invalid_token',
    remedy: 'The login was used up, revoked or has expired. Log in again: `pkgauth login URL`.',
  },
  unauthenticated: {
    status: 401,
    title: 'Login needed',
    challenge: 'plain',
    remedy: 'Send a credential: `pkgauth login URL`, or an API key as the password of the user `__token__`.',
  },
  'credential-malformed': {
    status: 401,
    title: 'Credential malformed',
    challenge: 'invalid_token',
    remedy:
      'The credential is cut off, mistyped or of a kind that is not accepted here. Copy it again, or `pkgauth login URL`.',
  },
  'credential-unknown': {
    status: 401,
    title: 'Credential unknown',
    challenge: 'invalid_token',
    remedy: 'The credential was never issued by this service, or not for it. `pkgauth login URL`.',
  },
  'credential-expired': {
    status: 401,
    title: 'Credential expired',
    challenge: 'invalid_token',
    remedy: 'Log in again (`pkgauth login URL`) or make a new API key.',
  },
  'credential-revoked': {
    status: 401,
    title: 'Credential revoked',
    challenge: 'invalid_token',
    remedy: 'Somebody logged out or revoked it. Log in again: `pkgauth login URL`.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    remedy:
      'The credential is good, but may not do this. Ask an administrator of the organization, or use another credential.',
  },
  'subscription-ended': {
    status: 402,
    title: 'Subscription ended',
    remedy: 'An owner of the organization renews its subscription.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    remedy: 'Check the spelling. What you may not know of is also answered like this.',
  },
  conflict: {
    status: 409,
    title: 'Already exists',
    remedy: 'Choose another name or version; what exists is never replaced.',
  },
  'too-large': { status: 413, title: 'Too large', remedy: 'Send less; the detail names the limit.' },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for as long as `Retry-After` says.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    remedy: 'Send the media type that the detail names.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not acceptable',
    remedy: 'Accept one of the media types that the detail names.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable for a moment',
    remedy: 'Try again after `Retry-After`; operators look at `/readyz` and the log.',
  },
  'upstream-failed': {
    status: 502,
    title: 'Upstream failed',
    remedy: 'The index behind this mirror answered badly. Try again; operators look at the log.',
  },
  'upstream-timeout': {
    status: 504,
    title: 'Upstream too slow',
    remedy: 'The index behind this mirror did not answer in time. Try again.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    remedy:
      'A fault of the service. Give the request id to whoever runs it: the log has the details under it.',
  },
} as const satisfies Record<ProblemCode, Row>;

const storageProblems = {
  conflict: 'conflict',
  'not-found': 'not-found',
  unavailable: 'unavailable',
  'too-new': 'unavailable',
  unsupported: 'unavailable',
} as const satisfies Record<StorageErrorCode, ProblemCode>;

/** What is to be written for an error. */
export type Problem = {
  code: ProblemCode;
  status: number;
  /** Printable ASCII, at most 120 characters. */
  reason: string;
  headers: Record<string, string | string[]>;
  body: {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: ProblemCode;
    request_id: string;
  };
};

export type Problems = {
  /** Never throws; an error that is not the client's business becomes `internal` without its message. */
  of(error: unknown, requestId: string): Problem;
  response(error: unknown, requestId: string): Response;
  /** Ends the response; when its head was already sent the connection is cut, so that no client takes it for whole. */
  write(response: ServerResponse, error: unknown, requestId: string): void;
};

/** `publicUrl` is the service's origin, for the `resource_metadata` of RFC 9728 §5.1. */
export function createProblems(publicUrl: string): Problems {
  const metadata = new URL('/.well-known/oauth-protected-resource', publicUrl).href;
  const of = (error: unknown, requestId: string): Problem => problemOf(error, requestId, metadata);
  return {
    of,
    response: (error, requestId) => toResponse(of(error, requestId)),
    write: (response, error, requestId) => writeProblem(response, of(error, requestId)),
  };
}

function problemOf(error: unknown, requestId: string, resourceMetadata: string): Problem {
  const { code, detail, retryAfter } = classify(error);
  const row: Row = problemTable[code];
  const headers: Problem['headers'] = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
  };
  if (row.challenge !== undefined) headers['WWW-Authenticate'] = challenges(row.challenge, resourceMetadata);
  if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter);
  return {
    code,
    status: row.status,
    reason: reasonPhrase(detail, row.title),
    headers,
    body: {
      type: `/errors/${code}`,
      title: row.title,
      status: row.status,
      detail,
      code,
      request_id: requestId,
    },
  };
}

function classify(error: unknown): { code: ProblemCode; detail: string; retryAfter: number | undefined } {
  if (error instanceof ServiceError) {
    const waits = error.code === 'rate-limited' || error.code === 'unavailable';
    return {
      code: error.code,
      detail: error.message,
      retryAfter: error.retryAfter ?? (waits ? 5 : undefined),
    };
  }
  if (error instanceof StorageError) {
    const code = storageProblems[error.code];
    return { code, detail: problemTable[code].title, retryAfter: code === 'unavailable' ? 5 : undefined };
  }
  return { code: 'internal', detail: 'The service met an unexpected fault', retryAfter: undefined };
}

/** Basic stands first: pip, uv and twine speak only that; RFC 9728 clients read the Bearer challenge. */
function challenges(kind: NonNullable<Row['challenge']>, resourceMetadata: string): string[] {
  const error = kind === 'plain' ? '' : `, error="${kind}"`;
  return [
    'Basic realm="pkgauth", charset="UTF-8"',
    `Bearer realm="pkgauth", resource_metadata="${resourceMetadata}"${error}`,
  ];
}

/** RFC 9112 §4 allows more, but intermediaries choke on long or non-ASCII reason phrases. */
function reasonPhrase(detail: string, title: string): string {
  const ascii = detail
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (ascii === '') return title;
  return ascii.length <= 120 ? ascii : `${ascii.slice(0, 117)}...`;
}

function toResponse(problem: Problem): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(problem.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return new Response(JSON.stringify(problem.body), {
    status: problem.status,
    statusText: problem.reason,
    headers,
  });
}

function writeProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(problem.body));
  for (const name of response.getHeaderNames()) if (name.startsWith('content-')) response.removeHeader(name);
  response.writeHead(problem.status, problem.reason, { ...problem.headers, 'Content-Length': body.length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

import { ProtocolError, parseErrorBody } from '@pkgauth/protocol';
import type { Context, HttpRequest, HttpResponse } from '../context.ts';
import { ClientError, type ClientErrorCode } from '../errors.ts';
import { version } from '../version.ts';
import { asObject, type JsonObject } from './json-members.ts';

/** Sends a request under our name, which approval pages and lists of devices show. */
export const send = (context: Context, request: HttpRequest): Promise<HttpResponse> =>
  context.http.send({ ...request, headers: { 'User-Agent': `pkgauth/${version}`, ...request.headers } });

/** The body as a JSON object; `undefined` when it is anything else. */
export const jsonBody = (response: HttpResponse): JsonObject | undefined => {
  try {
    return asObject(JSON.parse(response.body));
  } catch {
    return undefined;
  }
};

const form = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();

/** Posts a form as OAuth endpoints take it (RFC 6749 §3.2) and answers whatever came back. */
export const postForm = (
  context: Context,
  url: string,
  fields: Readonly<Record<string, string>>,
  options: Pick<HttpRequest, 'signal' | 'timeout'> = {},
): Promise<HttpResponse> =>
  send(context, {
    method: 'POST',
    url,
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form(fields),
    ...options,
  });

/** Host and port of a URL, for messages. */
export const hostOf = (url: string): string => new URL(url).host;

const codeOf = (status: number): ClientErrorCode => {
  if (status === 401) return 'credential-refused';
  if (status === 402 || status === 403) return 'not-allowed';
  if (status === 404) return 'not-found';
  return status === 429 || status >= 500 ? 'network' : 'failed';
};

const hintOf = (status: number, url: string, response: HttpResponse): string | undefined => {
  if (status === 401) return `pkgauth login ${new URL(url).origin}`;
  const wait = response.headers['retry-after'];
  return wait !== undefined && /^\d{1,6}$/.test(wait) ? `try again in ${wait} seconds` : undefined;
};

/**
 * The error that a refusing answer means: the service's own sentence where it sends one, the status otherwise.
 */
export const refusal = (url: string, response: HttpResponse): ClientError => {
  const error = parseErrorBody(response.body);
  const said = error?.description ?? error?.code ?? `${response.status} ${response.reason}`.trim();
  const { status } = response;
  return new ClientError(codeOf(status), `${hostOf(url)} says: ${said}`, {
    hint: hintOf(status, url, response),
  });
};

/** The error for an answer that has the right status and the wrong content. */
export const unexpected = (url: string, what: string): ClientError =>
  new ClientError('bad-response', `${hostOf(url)} sent ${what}`, {
    hint: 'check that the address is right and that no proxy or sign-in portal answers in its place',
  });

/** Reads an answer by a parser of the protocol; what it cannot read is an answer that nobody promised. */
export const readAnswer = <T>(url: string, response: HttpResponse, parse: (body: string) => T): T => {
  try {
    return parse(response.body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const hint = error.hint;
    throw new ClientError('bad-response', `${hostOf(url)}: ${error.reason}`, { hint, cause: error });
  }
};

/** Sends a request that is answered by a JSON object; throws `refusal` for other than 2xx. */
export const sendForJson = async (context: Context, request: HttpRequest): Promise<JsonObject> => {
  const response = await send(context, request);
  if (response.status < 200 || response.status > 299) throw refusal(request.url, response);
  const body = jsonBody(response);
  if (body === undefined) throw unexpected(request.url, 'an answer that is not a JSON object');
  return body;
};

/** Headers of a request that carries an access token. */
export const bearer = (accessToken: string): Record<string, string> => ({
  Accept: 'application/json',
  Authorization: `Bearer ${accessToken}`,
});

import {
  type DeviceAuthorization,
  parseDeviceAuthorization,
  parseErrorBody,
  type Secret,
} from '@pkgauth/protocol';
import type { Context, HttpResponse } from '../context.ts';
import { ClientError, type ClientErrorCode } from '../errors.ts';
import { hostOf, postForm, readAnswer, refusal, type Service, unexpected } from '../server-api/index.ts';
import { clientId, type Login, type LoginRequest, scope } from './login.ts';
import { tokenCredential } from './token-answer.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
/** RFC 8628 §3.5: what `slow_down` adds to the interval. */
const slowDown = 5_000;
const longestWait = 60_000;

const begin = async (
  context: Context,
  endpoint: string,
  signal: AbortSignal,
): Promise<DeviceAuthorization> => {
  const response = await postForm(context, endpoint, { client_id: clientId, scope }, { signal });
  if (response.status < 200 || response.status > 299) throw refusal(endpoint, response);
  return readAnswer(endpoint, response, parseDeviceAuthorization);
};

/** RFC 8628 §5.4: the code stands beside the address, so that the person compares it with the one on the page. */
const invitation = (service: Service, authorization: DeviceAuthorization): string => {
  const { verificationUri, verificationUriComplete, userCode } = authorization;
  return [
    `To log in to ${hostOf(service.origin)}, open this address in any browser:`,
    '',
    `  ${verificationUri}`,
    '',
    'and enter, or compare, this code:',
    '',
    `  ${userCode}`,
    '',
    ...(verificationUriComplete === undefined
      ? []
      : [`With the code filled in: ${verificationUriComplete}`, '']),
    'Approve only if the page shows the same code.',
  ].join('\n');
};

type PollState = { interval: number; failures: number };
type Poll = { readonly wait: number } | { readonly response: HttpResponse };

const retryAfter = (response: HttpResponse): number => {
  const seconds = response.headers['retry-after'];
  return seconds !== undefined && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1000 : 0;
};

// Jitter, so that many machines that lost the same server do not come back to it at one moment.
const backOff = (context: Context, interval: number, failures: number): number => {
  const [byte = 0] = context.randomBytes(1);
  return Math.min(longestWait, interval * 2 ** Math.min(failures, 4)) + byte * 4;
};

const noAnswer = (context: Context, state: PollState): { readonly wait: number } => {
  state.failures += 1;
  return { wait: backOff(context, state.interval, state.failures) };
};

const ended = (service: Service, code: string): ClientError => {
  const host = hostOf(service.origin);
  if (code === 'access_denied')
    return new ClientError('credential-refused', `the login to ${host} was denied`);
  return new ClientError('timeout', `the code expired before the login to ${host} was approved`, {
    hint: `pkgauth login ${service.origin} --device`,
  });
};

/** What an answer to a poll means; throws when the login has ended. */
const judge = (context: Context, service: Service, response: HttpResponse, state: PollState): Poll => {
  if (response.status >= 200 && response.status <= 299) return { response };
  const code = parseErrorBody(response.body)?.code;
  if (code === 'authorization_pending') return { wait: state.interval };
  if (code === 'slow_down') {
    state.interval += slowDown;
    return { wait: Math.max(state.interval, retryAfter(response)) };
  }
  if (code === 'access_denied' || code === 'expired_token') throw ended(service, code);
  if (response.status !== 429 && response.status < 500) throw refusal(service.tokenEndpoint, response);
  return { wait: Math.max(noAnswer(context, state).wait, retryAfter(response)) };
};

const passing: ReadonlySet<unknown> = new Set<ClientErrorCode>(['network', 'timeout']);

/** The answer to one poll; `undefined` when none came, because a laptop slept or changed its network (LF28). */
const ask = async (
  context: Context,
  request: LoginRequest,
  deviceCode: Secret,
): Promise<HttpResponse | undefined> => {
  const { service, signal } = request;
  const fields = { grant_type: grantType, device_code: deviceCode.reveal(), client_id: clientId };
  try {
    return await postForm(context, service.tokenEndpoint, fields, { signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof ClientError) || !passing.has(error.code)) throw error;
    return undefined;
  }
};

/** Waits, asks, and again, until the person has decided or the code has expired (LF12). */
const poll = async (
  context: Context,
  request: LoginRequest,
  authorization: DeviceAuthorization,
): Promise<HttpResponse> => {
  const { service, signal } = request;
  const end = context.now() + authorization.expiresIn * 1000;
  const state: PollState = { interval: authorization.interval * 1000, failures: 0 };
  let wait = state.interval;
  while (context.now() + wait <= end) {
    await context.sleep(wait, signal);
    const response = await ask(context, request, authorization.deviceCode);
    const next = response === undefined ? noAnswer(context, state) : judge(context, service, response, state);
    if ('response' in next) return next.response;
    wait = next.wait;
  }
  throw ended(service, 'expired_token');
};

const run = async (context: Context, request: LoginRequest): Promise<void> => {
  const { service, dialogue, signal } = request;
  if (service.deviceEndpoint === undefined) throw unexpected(service.origin, 'no address for logins by code');
  const authorization = await begin(context, service.deviceEndpoint, signal);
  dialogue.show(invitation(service, authorization));
  dialogue.note('Waiting for your approval… (Ctrl-C to stop)');
  const response = await poll(context, request, authorization);
  await request.accept(tokenCredential(context, service, response));
};

/** Device authorization (RFC 8628): for a machine without a browser, over SSH, in a container. */
export const deviceLogin: Login = {
  id: 'device',
  label: 'with a code, in a browser anywhere',
  fits: (service) => service.deviceEndpoint !== undefined,
  run,
};

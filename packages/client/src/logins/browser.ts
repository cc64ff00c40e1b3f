import { type Credential, pkceChallenge, pkceVerifier, sanitizeForTerminal } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { hostOf, postForm, type Service } from '../server-api/index.ts';
import { clientId, type Login, type LoginRequest, scope } from './login.ts';
import { type Callback, listenForCallback } from './loopback-listener.ts';
import type { Page } from './result-page.ts';
import { tokenCredential } from './token-answer.ts';

const patience = 300_000;

const randomText = (context: Context): string => Buffer.from(context.randomBytes(32)).toString('base64url');

const authorizationUrl = (service: Service, parameters: Readonly<Record<string, string>>): string => {
  const url = new URL(service.authorizationEndpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};

// RFC 9207 §2.4: an answer of another service, replayed to us, would carry our code to the wrong token endpoint.
const requireIssuer = (service: Service, parameters: URLSearchParams): void => {
  const issuer = parameters.get('iss');
  const matches = issuer === null ? !service.sendsIssuer : issuer.replace(/\/$/, '') === service.origin;
  if (matches) return;
  throw new ClientError(
    'bad-response',
    `the browser came back from another service than ${hostOf(service.origin)}`,
    {
      hint: `start again: pkgauth login ${service.origin}`,
    },
  );
};

const codeOf = (service: Service, parameters: URLSearchParams): string => {
  requireIssuer(service, parameters);
  const code = parameters.get('code');
  if (code !== null && code !== '') return code;
  if (parameters.get('error') === 'access_denied') {
    throw new ClientError('credential-refused', 'the login was denied in the browser');
  }
  const reason = parameters.get('error_description') ?? parameters.get('error') ?? 'no code came back';
  throw new ClientError('failed', `${hostOf(service.origin)} ended the login: ${reason.slice(0, 300)}`);
};

const success = (service: Service): Page => ({
  status: 200,
  title: 'You are logged in',
  text: `pkgauth may now use packages from ${hostOf(service.origin)} as you. You can close this tab.`,
});

const failure = (error: unknown): Page => ({
  status: 400,
  title: 'The login did not succeed',
  text: `${error instanceof ClientError ? sanitizeForTerminal(error.message) : 'An unexpected fault'}. The terminal says more.`,
});

/** Runs `finish` while the browser waits, so that the page it is shown says what really happened. */
const answering = async (
  service: Service,
  callback: Callback,
  finish: () => Promise<void>,
): Promise<void> => {
  try {
    await finish();
  } catch (error) {
    callback.respond(failure(error));
    throw error;
  }
  callback.respond(success(service));
};

const withinPatience = async (
  context: Context,
  signal: AbortSignal,
  callback: Promise<Callback>,
): Promise<Callback> => {
  const timer = new AbortController();
  const expired = context.sleep(patience, AbortSignal.any([timer.signal, signal])).then(() => {
    throw new ClientError('timeout', 'nobody finished the login in the browser within five minutes', {
      hint: 'start it again, or use --device on a machine without a browser',
    });
  });
  // Whichever loses the race ends later, unheard.
  expired.catch(() => undefined);
  try {
    return await Promise.race([callback, expired]);
  } finally {
    timer.abort();
  }
};

const invite = async (context: Context, { dialogue, service }: LoginRequest, url: string): Promise<void> => {
  const opened = await context.processes.openBrowser(url);
  const host = hostOf(service.origin);
  if (opened)
    dialogue.show(
      `Log in to ${host} in the browser that just opened, or open this address yourself:\n\n  ${url}\n`,
    );
  else dialogue.show(`Open this address in a browser on this machine to log in to ${host}:\n\n  ${url}\n`);
  dialogue.note('Waiting for the browser… (Ctrl-C to stop)');
};

const exchangeCode = async (
  context: Context,
  { service, signal }: LoginRequest,
  fields: Readonly<Record<string, string>>,
): Promise<Credential> => {
  const grant = { grant_type: 'authorization_code', client_id: clientId, ...fields };
  return tokenCredential(context, service, await postForm(context, service.tokenEndpoint, grant, { signal }));
};

const run = async (context: Context, request: LoginRequest): Promise<void> => {
  const { service, signal } = request;
  const state = randomText(context);
  const verifier = pkceVerifier(context.randomBytes(32));
  const listener = await listenForCallback(state, signal, (milliseconds) =>
    context.sleep(milliseconds, signal),
  );
  try {
    await invite(
      context,
      request,
      authorizationUrl(service, {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: listener.redirectUri,
        scope,
        state,
        code_challenge: await pkceChallenge(verifier, context.sha256),
        code_challenge_method: 'S256',
      }),
    );
    const callback = await withinPatience(context, signal, listener.callback);
    await answering(service, callback, async () => {
      const code = codeOf(service, callback.parameters);
      const fields = { code, redirect_uri: listener.redirectUri, code_verifier: verifier };
      await request.accept(await exchangeCode(context, request, fields));
    });
  } finally {
    await listener.close();
  }
};

/**
 * Authorization code with PKCE (RFC 7636, S256) and a redirect to a loopback address (RFC 8252 §7.3): for a machine whose
 * browser the person sits at.
 */
export const browserLogin: Login = {
  id: 'browser',
  label: 'in the browser',
  fits: () => true,
  run,
};

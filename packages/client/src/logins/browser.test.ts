import { createHash } from 'node:crypto';
import type { Credential } from '@pkgauth/protocol';
import { fakeContext, type ScriptedServiceOptions, scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { discoverService, type Service } from '../server-api/index.ts';
import { browserLogin } from './browser.ts';

const origin = 'http://127.0.0.1:8585';

/** A browser login against a scripted service; `browser` is what the person's browser does with the address. */
const attempt = async (
  browser: (url: string, service: ReturnType<typeof scriptedService>) => Promise<unknown>,
  options: ScriptedServiceOptions & {
    accept?: (credential: Credential) => Promise<void>;
    signal?: AbortSignal;
    opens?: boolean;
    patient?: boolean;
  } = {},
) => {
  const service = scriptedService(origin, options);
  const fake = fakeContext({ respond: service.respond });
  const opened: string[] = [];
  const shown: string[] = [];
  const accepted: Credential[] = [];
  let pages: Promise<unknown> = Promise.resolve();
  const context: Context = {
    ...fake,
    // Patience of five minutes must not pass at once, as time does in the fake.
    sleep: (milliseconds, signal) =>
      milliseconds < 60_000 || options.patient === false
        ? fake.sleep(milliseconds, signal)
        : new Promise((_resolve, reject) =>
            signal?.addEventListener('abort', () => reject(signal.reason as Error)),
          ),
    processes: {
      ...fake.processes,
      openBrowser: async (url) => {
        opened.push(url);
        pages = browser(url, service);
        return options.opens ?? true;
      },
    },
  };
  const found = (await discoverService(context, origin)) as Service;
  const run = browserLogin.run(context, {
    service: found,
    dialogue: { show: (text) => shown.push(text), note: (text) => shown.push(text) },
    signal: options.signal ?? new AbortController().signal,
    accept: async (credential) => {
      await options.accept?.(credential);
      accepted.push(credential);
    },
  });
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason as ClientError,
  );
  return {
    service,
    opened,
    shown: shown.join('\n'),
    accepted,
    error,
    page: await pages,
    asked: new URL(opened[0] ?? origin).searchParams,
  };
};

const visit = async (url: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};
const approve = (url: string, service: ReturnType<typeof scriptedService>) => visit(service.approve(url));

describe('the browser login', () => {
  it('ends with a session that the service issued, and a page that says so', async () => {
    const { accepted, error, page, service, shown, opened } = await attempt(approve);
    expect(error).toBeUndefined();
    const [credential] = accepted;
    expect(credential?.kind === 'session' && service.accessTokens.has(credential.accessToken.reveal())).toBe(
      true,
    );
    expect(
      credential?.kind === 'session' && service.refreshTokens.has(credential.refreshToken.reveal()),
    ).toBe(true);
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You are logged in') });
    expect(shown).toContain(opened[0]);
  });

  it('LF07 always sends an S256 challenge; the verifier is long and neither state nor challenge', async () => {
    const { asked, service } = await attempt(approve);
    const form = new URLSearchParams(service.requests.find(({ url }) => url.endsWith('/token'))?.body);
    const verifier = form.get('code_verifier') ?? '';
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/);
    expect(verifier).not.toBe(asked.get('state'));
    expect((asked.get('state') ?? '').length).toBeGreaterThanOrEqual(43);
    expect(Object.fromEntries(form)).toMatchObject({
      grant_type: 'authorization_code',
      client_id: 'pkgauth',
      redirect_uri: asked.get('redirect_uri'),
    });
  });

  it('LF07 two logins share neither state nor challenge', async () => {
    const context = fakeContext();
    expect(Buffer.from(context.randomBytes(32))).not.toEqual(Buffer.from(context.randomBytes(32)));
    const [one, two] = [await attempt(approve), await attempt(approve)];
    expect(one.asked.get('state')).not.toBe(one.asked.get('code_challenge'));
    expect(two.asked.get('redirect_uri')).not.toBe(one.asked.get('redirect_uri'));
  });

  it('LF02 a forged answer is ignored while the real one succeeds', async () => {
    const { accepted, error } = await attempt(async (url, service) => {
      const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
      await visit(`${redirect}?code=evil&state=forged&iss=${origin}`);
      await visit(`${redirect}?error=access_denied`);
      return approve(url, service);
    });
    expect(error).toBeUndefined();
    expect(accepted).toHaveLength(1);
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['an empty issuer', { iss: '' }],
  ])('LF08 %s in the answer aborts, and the code is not sent anywhere', async (_name, extra) => {
    const { error, service, page, accepted } = await attempt((url, running) =>
      visit(running.approve(url, extra)),
    );
    expect(error).toMatchObject({
      code: 'bad-response',
      message: expect.stringContaining('another service'),
    });
    expect(service.requests.some(({ url }) => url.endsWith('/token'))).toBe(false);
    expect(page).toMatchObject({ status: 400 });
    expect(accepted).toEqual([]);
  });

  it('LF08 an answer without issuer aborts where the service announces one, and passes where it does not', async () => {
    const withoutIssuer = (url: string, service: ReturnType<typeof scriptedService>) => {
      const target = new URL(service.approve(url));
      target.searchParams.delete('iss');
      return visit(target.href);
    };
    expect((await attempt(withoutIssuer)).error).toMatchObject({ code: 'bad-response' });
    const metadata = { authorization_response_iss_parameter_supported: undefined };
    expect((await attempt(withoutIssuer, { metadata })).error).toBeUndefined();
  });

  it('says that the login was denied', async () => {
    const { error, page } = await attempt((url, service) => {
      const target = new URL(service.approve(url, { error: 'access_denied' }));
      target.searchParams.delete('code');
      return visit(target.href);
    });
    expect(error).toMatchObject({
      code: 'credential-refused',
      message: 'the login was denied in the browser',
    });
    expect(page).toMatchObject({ status: 400 });
  });

  it('LF06 text of the service is escaped on the page', async () => {
    const { page } = await attempt((url, service) => {
      const target = new URL(
        service.approve(url, { error: 'x', error_description: '<script>alert(1)</script>\u001b]0;x' }),
      );
      target.searchParams.delete('code');
      return visit(target.href);
    });
    const { text } = page as { text: string };
    expect([text.includes('<script'), text.includes('\u001b')]).toEqual([false, false]);
  });

  it('the page does not claim success when the login could not be stored', async () => {
    const accept = async () => {
      throw new ClientError('store-unavailable', 'no space left');
    };
    const { error, page } = await attempt(approve, { accept });
    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining('no space left') });
  });

  it('a code that the service refuses is its error', async () => {
    const { error } = await attempt((url, service) => visit(service.approve(url, { code: 'unknown' })));
    expect(error?.message).toContain('the code is not good');
  });

  it('prints the address when no browser opens, and goes on waiting', async () => {
    const { error, shown, opened } = await attempt(approve, { opens: false });
    expect(error).toBeUndefined();
    expect(shown).toContain(`Open this address in a browser on this machine`);
    expect(shown).toContain(opened[0]);
  });

  it('gives up after five minutes', async () => {
    const { error, accepted } = await attempt(async () => undefined, { patient: false });
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('five minutes') });
    expect(accepted).toEqual([]);
  });

  it('LF13 Ctrl-C while it waits ends it, with nothing accepted and no listener left', async () => {
    const controller = new AbortController();
    const interrupted = new ClientError('interrupted', 'interrupted');
    const { error, accepted, asked } = await attempt(async () => controller.abort(interrupted), {
      signal: controller.signal,
    });
    expect(error).toBe(interrupted);
    expect(accepted).toEqual([]);
    await expect(fetch(asked.get('redirect_uri') ?? '')).rejects.toThrow();
  });
});

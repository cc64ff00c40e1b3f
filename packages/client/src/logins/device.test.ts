import type { Credential } from '@pkgauth/protocol';
import { fakeContext, type ScriptedServiceOptions, scriptedService } from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import type { Context, HttpRequest } from '../context.ts';
import { ClientError } from '../errors.ts';
import { discoverService, type Service } from '../server-api/index.ts';
import { deviceLogin } from './device.ts';

const origin = 'http://127.0.0.1:8585';
const pending = { status: 400, body: '{"error":"authorization_pending"}' };
const slower = { status: 400, body: '{"error":"slow_down"}' };

const attempt = async (
  options: ScriptedServiceOptions & {
    signal?: AbortSignal;
    failing?: (poll: number) => ClientError | undefined;
  } = {},
) => {
  const service = scriptedService(origin, options);
  const fake = fakeContext({ respond: service.respond });
  const polledAt: number[] = [];
  const shown: string[] = [];
  const accepted: Credential[] = [];
  const start = fake.now();
  const send = async (request: HttpRequest) => {
    if (request.url.endsWith('/token')) {
      polledAt.push(fake.now() - start);
      const failure = options.failing?.(polledAt.length);
      if (failure !== undefined) throw failure;
    }
    return fake.http.send(request);
  };
  const context: Context = { ...fake, http: { send } };
  const found = (await discoverService(context, origin)) as Service;
  const error = await deviceLogin
    .run(context, {
      service: found,
      dialogue: { show: (text) => shown.push(text), note: (text) => shown.push(text) },
      signal: options.signal ?? new AbortController().signal,
      accept: async (credential) => void accepted.push(credential),
    })
    .then(
      () => undefined,
      (reason: unknown) => reason as ClientError,
    );
  const gaps = polledAt.map((time, index) => time - (polledAt[index - 1] ?? 0));
  return { service, shown: shown.join('\n'), accepted, error, gaps, opened: fake.openedUrls };
};

describe('the device login', () => {
  it('LF11 shows address and code together, asks to compare, and opens nothing', async () => {
    const { shown, opened, accepted, error } = await attempt({ devicePolls: [pending] });
    expect(error).toBeUndefined();
    expect(accepted[0]?.kind).toBe('session');
    expect(shown).toContain(`${origin}/activate`);
    expect(shown).toContain('WDJB-MJHT');
    expect(shown).toContain('Approve only if the page shows the same code');
    expect(shown.indexOf('WDJB-MJHT')).toBeLessThan(shown.indexOf('user_code='));
    expect(opened).toEqual([]);
  });

  it.each([
    ['file:///etc/passwd', undefined],
    ['https://h.example.com/activate', 'ms-settings:x'],
  ])('LF09 an address that is no web address (%s, %s) is not even shown', async (uri, complete) => {
    const door = () => ({
      body: JSON.stringify({
        device_code: 'd',
        user_code: 'C',
        verification_uri: uri,
        verification_uri_complete: complete,
      }),
    });
    const { shown, opened, error } = await attempt({ doors: { '/oauth2/device/code': door } });
    expect(error).toMatchObject({ code: 'bad-response' });
    expect(shown).toBe('');
    expect(opened).toEqual([]);
  });

  it('LF12 honours the interval, and slow_down for all polls after it', async () => {
    const { gaps, error } = await attempt({ devicePolls: [pending, slower, pending, slower, pending] });
    expect(error).toBeUndefined();
    expect(gaps).toEqual([5_000, 5_000, 10_000, 10_000, 15_000, 15_000]);
  });

  it.each([
    ['access_denied', 'credential-refused'],
    ['expired_token', 'timeout'],
  ])('LF12 %s ends it', async (error, code) => {
    const result = await attempt({
      devicePolls: [pending, { status: 400, body: JSON.stringify({ error }) }],
    });
    expect(result.error).toMatchObject({ code });
    expect(result.accepted).toEqual([]);
    expect(result.gaps).toHaveLength(2);
  });

  it('LF12 429 waits as long as it says, 5xx ever longer, never less than the interval', async () => {
    const limited = { status: 429, headers: { 'retry-after': '42' }, body: '' };
    const broken = { status: 503, body: 'down' };
    const { gaps, error } = await attempt({ devicePolls: [limited, broken, broken, broken] });
    expect(error).toBeUndefined();
    const [first = 0, afterLimit = 0, one = 0, two = 0, three = 0] = gaps;
    expect(first).toBe(5_000);
    expect(afterLimit).toBeGreaterThanOrEqual(42_000);
    expect(one).toBeGreaterThan(5_000);
    expect(two).toBeGreaterThan(one);
    expect(three).toBeGreaterThanOrEqual(two);
  });

  it('LF12 stops when the code has expired', async () => {
    const { gaps, error } = await attempt({ devicePolls: Array.from({ length: 1000 }, () => pending) });
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('expired') });
    expect(gaps).toHaveLength(180);
  });

  it('LF28 a lost network is survived, and the tokens are stored once', async () => {
    const failing = (poll: number) => (poll < 4 ? new ClientError('network', 'unreachable') : undefined);
    const { accepted, error, gaps } = await attempt({ devicePolls: [pending], failing });
    expect(error).toBeUndefined();
    expect(accepted).toHaveLength(1);
    expect(gaps).toHaveLength(5);
  });

  it('a certificate error is not waited out', async () => {
    const { error, gaps } = await attempt({ failing: () => new ClientError('tls', 'wrong certificate') });
    expect(error).toMatchObject({ code: 'tls' });
    expect(gaps).toHaveLength(1);
  });

  it('LF13 Ctrl-C between two polls ends it', async () => {
    const controller = new AbortController();
    const interrupted = new ClientError('interrupted', 'interrupted');
    const failing = (poll: number) => {
      if (poll === 2) controller.abort(interrupted);
      return undefined;
    };
    const { error, accepted } = await attempt({
      devicePolls: [pending, pending, pending],
      signal: controller.signal,
      failing,
    });
    expect(error).toBe(interrupted);
    expect(accepted).toEqual([]);
  });

  it.each(['', '<html></html>', '[]', '{}', '{"device_code":1}', '{"device_code":"d","user_code":"u"}'])(
    'LF19 %j instead of a device code is an error',
    async (body) => {
      const { error } = await attempt({ doors: { '/oauth2/device/code': () => ({ body }) } });
      expect(error).toMatchObject({ code: 'bad-response' });
    },
  );
});

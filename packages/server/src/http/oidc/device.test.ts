import { afterEach, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from '../../core/core.fixture.ts';
import type { User } from '../../core/model.ts';
import type { DeviceApprovals, SignedInBrowser } from '../../core/services.ts';
import { createRandom } from '../../crypto/index.ts';
import { silentLog } from '../../log.ts';
import { createProblems } from '../errors.ts';
import { createRequestContexts } from '../request-contexts.ts';
import { type HttpServer, listen } from '../server.ts';
import { createOidc } from './index.ts';

/** The engine with a clock that is moved by hand, except where it looks at the time itself. */
let test: TestCore;
let server: HttpServer;
let approvals: DeviceApprovals;
let origin: string;
afterEach(async () => {
  await server.stop(0);
  await test.close();
});

async function start(): Promise<void> {
  server = await listen('127.0.0.1', 0);
  origin = `http://127.0.0.1:${server.port}`;
  test = await openTestCore({ origin });
  test.clock.set(Date.now());
  const oidc = createOidc({
    ...test,
    random: createRandom(),
    contexts: createRequestContexts(createRandom(), []),
    problems: createProblems(origin),
    log: silentLog,
    origin,
    errorPage: () => '',
  });
  approvals = oidc.deviceApprovals;
  server.attach((incoming, outgoing) => {
    if (!oidc.handler(incoming, outgoing)) outgoing.end();
  });
}

const post = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(`${origin}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'User-Agent': 'rattler/0.30' },
  });
type Begun = {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
};
const begin = async (scope = 'openid openid profile'): Promise<Begun> =>
  (await post('/oauth2/device/code', { client_id: 'rattler', scope })).json() as Promise<Begun>;
const redeem = async (code: string, client_id = 'rattler'): Promise<Record<string, string>> =>
  (
    await post('/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: code,
      client_id,
    })
  ).json() as Promise<Record<string, string>>;
const poll = async (code: string): Promise<Record<string, string>> => {
  await test.clock.advance(5_000);
  return redeem(code);
};

async function browserOf(user: User = test.owner): Promise<SignedInBrowser> {
  const { secret } = await test.core.browserSessions.open(user.id, undefined, request());
  return (await test.core.browserSessions.find(secret)) as SignedInBrowser;
}

describe('device login', () => {
  it('is approved by a person and opens one session', async () => {
    await start();
    const begun = await begin();
    expect(begun).toMatchObject({
      verification_uri: `${origin}/activate`,
      verification_uri_complete: `${origin}/activate?user_code=${begun.user_code}`,
      expires_in: 900,
    });
    expect(begun.user_code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect(begun.device_code.length).toBeGreaterThanOrEqual(43);
    expect((await poll(begun.device_code)).error).toBe('authorization_pending');
    const browser = await browserOf();
    const view = await approvals.show(begun.user_code.toLowerCase().replace('-', ' '), browser, request());
    expect(view).toMatchObject({
      userCode: begun.user_code,
      client: { id: 'rattler', name: 'rattler' },
      scope: ['openid', 'profile'],
      ip: '127.0.0.1',
      program: 'rattler 0.30',
    });
    expect(await approvals.approve(begun.user_code, browser, request())).toBe(true);
    const tokens = await poll(begun.device_code);
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid profile' });
    expect(tokens.id_token).toBeDefined();
    expect((await test.core.verifier.verify(`Bearer ${tokens.access_token}`)).ok).toBe(true);
    expect(await test.core.sessions.listOfUser(test.owner.id)).toHaveLength(1);
  });

  it('ends with access_denied when the person says no, and cannot be approved after', async () => {
    await start();
    const begun = await begin();
    const browser = await browserOf();
    await approvals.show(begun.user_code, browser, request());
    expect(await approvals.deny(begun.user_code, browser, request())).toBe(true);
    expect(await approvals.approve(begun.user_code, browser, request())).toBe(false);
    expect((await poll(begun.device_code)).error).toBe('access_denied');
  });

  it('OA20 wrong codes: the sixth in a minute is refused, right ones are not counted', async () => {
    await start();
    const begun = await begin();
    const browser = await browserOf();
    for (let round = 0; round < 10; round += 1) {
      expect(await approvals.show(begun.user_code, browser, request())).toBeDefined();
    }
    for (let round = 0; round < 5; round += 1) {
      expect(await approvals.show('BBBB-BBBB', browser, request())).toBeUndefined();
    }
    await expect(approvals.show('BBBB-BBBB', browser, request())).rejects.toMatchObject({
      code: 'rate-limited',
    });
    await expect(approvals.show(begun.user_code, browser, request())).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfter: 60,
    });
    await test.clock.advance(61_000);
    expect(await approvals.show(begun.user_code, browser, request())).toBeDefined();
  });

  it('OA20 wrong codes: a browser has twenty, from whatever address', async () => {
    await start();
    const browser = await browserOf();
    for (let round = 0; round < 20; round += 1) {
      const from = request({ ip: `192.0.2.${round}` });
      expect(await approvals.show('BBBB-BBBB', browser, from)).toBeUndefined();
    }
    await expect(approvals.show('BBBB-BBBB', browser, request({ ip: '192.0.2.99' }))).rejects.toMatchObject({
      code: 'rate-limited',
    });
  });

  it('OA20 a device code is redeemed once, also 50 times in parallel, and a repeat ends nothing', async () => {
    await start();
    const begun = await begin();
    const browser = await browserOf();
    await approvals.show(begun.user_code, browser, request());
    await approvals.approve(begun.user_code, browser, request());
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(begun.device_code)));
    const winners = answers.filter((answer) => answer.access_token !== undefined);
    expect(winners).toHaveLength(1);
    expect((await poll(begun.device_code)).error).toMatch(/^(invalid_grant|slow_down)$/);
    expect((await test.core.verifier.verify(`Bearer ${winners[0]?.access_token}`)).ok).toBe(true);
    expect(await test.core.sessions.listOfUser(test.owner.id)).toHaveLength(1);
  });

  it('OA20 nothing is left of it after fifteen minutes', async () => {
    await start();
    const begun = await begin();
    const browser = await browserOf();
    await test.clock.advance(15 * 60_000);
    expect(await approvals.show(begun.user_code, browser, request())).toBeUndefined();
    expect(await approvals.approve(begun.user_code, browser, request())).toBe(false);
  });

  it('OA21 only the browser that entered the code may decide; for another it does not exist', async () => {
    await start();
    const begun = await begin();
    const [first, second] = [
      await browserOf(),
      await browserOf(await test.addUser('other@example.com', 'member')),
    ];
    expect(await approvals.approve(begun.user_code, first, request())).toBe(false);
    expect(await approvals.show(begun.user_code, first, request())).toBeDefined();
    expect(await approvals.show(begun.user_code, second, request())).toBeUndefined();
    expect(await approvals.approve(begun.user_code, second, request())).toBe(false);
    expect(await approvals.deny(begun.user_code, second, request())).toBe(false);
    expect(await approvals.approve(begun.user_code, first, request())).toBe(true);
  });

  it('OA21 of 20 browsers that enter a code at once, one has it', async () => {
    await start();
    const begun = await begin();
    const browsers = await Promise.all(Array.from({ length: 20 }, () => browserOf()));
    const views = await Promise.all(
      browsers.map((browser, index) =>
        approvals.show(begun.user_code, browser, request({ ip: `192.0.2.${index}` })),
      ),
    );
    expect(views.filter((view) => view !== undefined)).toHaveLength(1);
  });

  it('OA23 polling too fast is slowed down, each time by five seconds, and changes nothing', async () => {
    await start();
    const begun = await begin();
    expect((await redeem(begun.device_code)).error).toBe('authorization_pending');
    expect((await redeem(begun.device_code)).error).toBe('slow_down');
    await test.clock.advance(5_000);
    expect((await redeem(begun.device_code)).error).toBe('slow_down');
    await test.clock.advance(15_000);
    expect((await redeem(begun.device_code)).error).toBe('authorization_pending');
    const browser = await browserOf();
    expect(await approvals.show(begun.user_code, browser, request())).toBeDefined();
  });

  it('OA06 a device code of another client is refused', async () => {
    await start();
    const begun = await begin();
    expect((await redeem(begun.device_code, 'pixi')).error).toBe('invalid_grant');
  });

  it('OA19 a user who was disabled after approving gets nothing', async () => {
    await start();
    const begun = await begin();
    const user = await test.addUser('leaver@example.com', 'member');
    const browser = await browserOf(user);
    await approvals.show(begun.user_code, browser, request());
    await approvals.approve(begun.user_code, browser, request());
    await test.core.users.disable(user.id, system);
    expect((await poll(begun.device_code)).error).toBe('invalid_grant');
    expect(await test.core.sessions.listOfUser(user.id)).toEqual([]);
  });
});

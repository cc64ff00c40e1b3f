import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from '../core.fixture.ts';
import { createRateLimit } from '../rate-limit.ts';
import { programOf } from '../user-agent.ts';
import { normalizeEmail } from './email.ts';

let test: TestCore;
beforeEach(async () => {
  test = await openTestCore();
});
afterEach(() => test.close());

const password = 'correct horse battery';
const addPerson = () => test.core.users.create({ email: 'Per.Son@Example.com', name: 'P', password }, system);
const check = (email: string, given: string, ip = '192.0.2.1') =>
  test.core.passwords.check(email, given, request({ ip }));

describe('passwords', () => {
  it('let in who has the right one, however the address is written', async () => {
    const user = await addPerson();
    expect((await check('per.son@example.com', password))?.id).toBe(user.id);
    expect((await check('  PER.SON@EXAMPLE.COM ', password))?.id).toBe(user.id);
    expect(await check('per.son@example.com', `${password}!`)).toBeUndefined();
    expect(await check('nobody@example.com', password)).toBeUndefined();
    expect(await check('owner@example.com', '')).toBeUndefined();
    expect(await check('not an address', password)).toBeUndefined();
  });

  it('OA19 a disabled account is not let in', async () => {
    const user = await addPerson();
    await test.core.users.disable(user.id, system);
    expect(await check('per.son@example.com', password)).toBeUndefined();
    await test.core.users.enable(user.id, system);
    expect((await check('per.son@example.com', password))?.id).toBe(user.id);
  });

  it('OA37 an unknown address costs the same verification', async () => {
    await addPerson();
    const verified: string[] = [];
    const verifyPassword = test.crypto.verifyPassword;
    test.crypto.verifyPassword = async (hash, given) => {
      verified.push(hash.slice(0, 30));
      return verifyPassword(hash, given);
    };
    await check('per.son@example.com', 'wrong');
    await check('nobody@example.com', 'wrong');
    await check('owner@example.com', 'wrong');
    expect(verified).toHaveLength(3);
    expect(new Set(verified).size).toBe(1);
  });

  it('N21 ten wrong tries for an account in five minutes, from whatever address; right ones do not count', async () => {
    await addPerson();
    for (let round = 0; round < 12; round += 1)
      expect(await check('per.son@example.com', password)).toBeDefined();
    for (let round = 0; round < 10; round += 1) {
      expect(await check('per.son@example.com', 'wrong', `192.0.2.${100 + round}`)).toBeUndefined();
    }
    const blocked = { code: 'rate-limited', retryAfter: 300 };
    await expect(check('PER.SON@example.com', password, '192.0.2.200')).rejects.toMatchObject(blocked);
    await test.clock.advance(300_000);
    expect(await check('per.son@example.com', password)).toBeDefined();
  });

  it('N21 ten wrong tries from an address, for whatever account; tries in parallel do not slip through', async () => {
    const tries = Array.from({ length: 30 }, (_, index) => check(`somebody-${index}@example.com`, 'wrong'));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await check('anybody@example.com', 'wrong', '192.0.2.2')).toBeUndefined();
  });

  it('short and endless ones are refused when set', async () => {
    for (const bad of ['', 'short', 'x'.repeat(201)]) {
      const create = test.core.users.create({ email: 'a@example.com', name: '', password: bad }, system);
      await expect(create).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });
});

describe('accounts', () => {
  it('AD08 have one spelling', async () => {
    await addPerson();
    for (const email of [
      'per.son@example.com',
      'PER.SON@EXAMPLE.COM',
      ' per.son@example.com',
      'ｐer.son@example.com',
    ]) {
      const create = test.core.users.create({ email, name: '', password: null }, system);
      await expect(create).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it.each(['', 'a', '@b', 'a@', 'a@b@c', 'a b@c', 'a\u0000@b', `${'a'.repeat(250)}@b.cc`])(
    'are not made for %j',
    (email) => {
      expect(normalizeEmail(email)).toBeUndefined();
    },
  );

  it('a normalised address is its own normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const address = normalizeEmail(`${a}@${b}`);
        if (address !== undefined) {
          expect(normalizeEmail(address)).toBe(address);
          expect(address.split('@')).toHaveLength(2);
        }
      }),
    );
  });
});

describe('browser sessions', () => {
  it('OA10 each sign-in has a new cookie, and the former one is worth nothing', async () => {
    const first = await test.core.browserSessions.open(test.owner.id, undefined, request());
    const second = await test.core.browserSessions.open(test.owner.id, first.secret, request());
    expect(second.secret).not.toBe(first.secret);
    expect(await test.core.browserSessions.find(first.secret)).toBeUndefined();
    expect(await test.core.browserSessions.find(second.secret)).toMatchObject({
      user: { id: test.owner.id },
    });
    await test.core.browserSessions.end(second.secret);
    expect(await test.core.browserSessions.find(second.secret)).toBeUndefined();
  });

  it('OA10 a cookie that somebody planted is not adopted', async () => {
    const planted = 'a'.repeat(64);
    const { secret } = await test.core.browserSessions.open(test.owner.id, planted, request());
    expect(secret).not.toBe(planted);
    expect(await test.core.browserSessions.find(planted)).toBeUndefined();
    expect(await test.core.browserSessions.find("' or 1=1")).toBeUndefined();
  });

  it('end after twelve hours, and are fresh for thirty minutes', async () => {
    const { secret, session } = await test.core.browserSessions.open(test.owner.id, undefined, request());
    await test.clock.advance(30 * 60_000 - 1);
    expect(test.core.browserSessions.isFresh(session)).toBe(true);
    await test.clock.advance(1);
    expect(test.core.browserSessions.isFresh(session)).toBe(false);
    test.clock.set(session.expiresAt - 1);
    expect(await test.core.browserSessions.find(secret)).toBeDefined();
    test.clock.set(session.expiresAt);
    expect(await test.core.browserSessions.find(secret)).toBeUndefined();
    expect(session.expiresAt - session.createdAt).toBe(12 * 3600_000);
  });

  it('AK01 are stored as a hash, and stand for the person with the present roles', async () => {
    const { secret, session } = await test.core.browserSessions.open(test.owner.id, undefined, request());
    expect(session.secretHash).toBe(test.crypto.sha256(secret));
    const signedIn = await test.core.browserSessions.find(secret);
    expect(signedIn && (await test.core.browserSessions.principal(signedIn))).toMatchObject({
      credential: 'browser-session',
      roles: { acme: 'owner' },
      credentialId: session.id,
    });
  });
});

describe('sign-in links', () => {
  it('work once, also for 20 at the same time, and looking does not use them up', async () => {
    const secret = await test.core.signInLinks.create(test.owner.id, system);
    expect(await test.core.signInLinks.isOpen(secret)).toBe(true);
    expect(await test.core.signInLinks.isOpen(secret)).toBe(true);
    const users = await Promise.all(
      Array.from({ length: 20 }, () => test.core.signInLinks.use(secret, request())),
    );
    expect(users.filter((user) => user !== undefined)).toHaveLength(1);
    expect(await test.core.signInLinks.isOpen(secret)).toBe(false);
  });

  it('end after a day, and for a disabled account at once', async () => {
    const secret = await test.core.signInLinks.create(test.owner.id, system);
    await test.clock.advance(24 * 3600_000);
    expect(await test.core.signInLinks.isOpen(secret)).toBe(false);
    expect(await test.core.signInLinks.use(secret, request())).toBeUndefined();
    const other = await test.core.signInLinks.create(test.owner.id, system);
    await test.core.users.disable(test.owner.id, system);
    expect(await test.core.signInLinks.use(other, request())).toBeUndefined();
    expect(await test.core.signInLinks.use('nonsense', request())).toBeUndefined();
  });
});

describe('rate limits', () => {
  it('never allow more than so many in any window, and always allow again after it', () => {
    const times = fc.array(fc.nat(500), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 1000 }),
        times,
        (most, window, steps) => {
          let now = 0;
          const limit = createRateLimit({ now: () => now }, { most, window });
          const allowed: number[] = [];
          for (const step of steps) {
            now += step;
            const wait = limit.take('key');
            if (wait === 0) allowed.push(now);
            else expect(wait).toBeLessThanOrEqual(window);
          }
          for (const at of allowed) {
            expect(allowed.filter((other) => other > at - window && other <= at).length).toBeLessThanOrEqual(
              most,
            );
          }
          now += window;
          expect(limit.take('key')).toBe(0);
        },
      ),
    );
  });
});

describe('programs', () => {
  it.each([
    ['uv/0.12.6 {"installer":{"name":"uv"}}', 'uv 0.12.6'],
    ['pkgauth', 'pkgauth'],
    ['', 'unknown program'],
    ['\u001b[31mred/1', '[31mred 1'],
    [`${'x'.repeat(200)}/1`, 'x'.repeat(80)],
  ])('%j is shown as %j', (userAgent, label) => {
    expect(programOf(userAgent)).toBe(label);
  });

  it('are shown in printable characters only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(programOf(text)).toMatch(/^[\x20-\x7e]{1,80}$/);
      }),
    );
  });
});

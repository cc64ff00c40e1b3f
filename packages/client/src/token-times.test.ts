import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFreshEnough, remainingLifetime, timesOfNewToken } from './token-times.ts';

const now = Date.UTC(2026, 10, 23);
const minute = 60_000;
const hour = 60 * minute;
const year = 365 * 24 * hour;
const jwt = (claims: Record<string, unknown>): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const fresh = (times: Parameters<typeof isFreshEnough>[0], at: number, force = false): boolean =>
  isFreshEnough(times, at, { minimum: 5 * minute, force });

describe('timesOfNewToken', () => {
  const seconds = now / 1000;

  it.each([
    ['the answer says so', 'opaque', hour, hour],
    ['the answer is believed before the token', jwt({ iat: seconds, exp: seconds + 60 }), hour, hour],
    ['the token says so', jwt({ iat: seconds, exp: seconds + 3600 }), undefined, hour],
    ['LF18 the server is an hour behind', jwt({ iat: seconds - 3600, exp: seconds }), undefined, hour],
    [
      'LF18 the server is a year ahead',
      jwt({ iat: seconds + 3e7, exp: seconds + 3e7 + 3600 }),
      undefined,
      hour,
    ],
    ['the token says only its end', jwt({ exp: seconds + 600 }), undefined, 10 * minute],
  ] as const)('%s', (_, token, expiresIn, lifetime) => {
    expect(timesOfNewToken(token, now, expiresIn)).toEqual({ receivedAt: now, expiresAt: now + lifetime });
  });

  it.each(['opaque', jwt({}), jwt({ exp: 'soon' }), jwt({ exp: null, iat: 7 })])(
    'nobody says so: %s',
    (token) => {
      expect(timesOfNewToken(token, now)).toEqual({ receivedAt: now });
    },
  );
});

describe('isFreshEnough', () => {
  const token = { receivedAt: now, expiresAt: now + hour };

  it.each([
    ['at once', 0, true],
    ['with five minutes and a second left', hour - 5 * minute - 1000, true],
    ['with five minutes left', hour - 5 * minute, false],
    ['at its end', hour, false],
    ['long after', 10 * year, false],
    ['CS27 when the clock went back by a year', -year, false],
    ['when the clock was adjusted by half a minute', -30_000, true],
  ])('%s', (_, later, expected) => expect(fresh(token, now + later)).toBe(expected));

  it('LF23 does not count when a new one is wanted, unless it has just come', () => {
    expect(fresh(token, now + 29_000, true)).toBe(true);
    expect(fresh(token, now + 31_000, true)).toBe(false);
  });

  it('is used for half its life when that is short', () => {
    const short = { receivedAt: now, expiresAt: now + 2 * minute };
    expect(fresh(short, now + 59_000)).toBe(true);
    expect(fresh(short, now + 61_000)).toBe(false);
  });

  it('without a known end is taken for good for five minutes', () => {
    expect(fresh({ receivedAt: now }, now + minute)).toBe(false);
    expect(isFreshEnough({ receivedAt: now }, now + 4 * minute, { minimum: 0, force: false })).toBe(true);
    expect(isFreshEnough({ receivedAt: now }, now + 6 * minute, { minimum: 0, force: false })).toBe(false);
    expect(fresh({}, now)).toBe(false);
  });

  it('of which nobody knows when it came is judged by its end alone', () => {
    expect(fresh({ expiresAt: now + hour }, now)).toBe(true);
    expect(fresh({ expiresAt: now + minute }, now)).toBe(false);
  });

  it('CS27 whatever the clock does, a token that has just come is used, so that nobody asks in a loop', () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, fc.integer({ min: 1000, max: year }), fc.boolean(), (at, lifetime, force) => {
        const times = timesOfNewToken('opaque', at, lifetime);
        expect(fresh(times, at, force)).toBe(true);
        expect(remainingLifetime(times, at)).toBe(lifetime);
      }),
    );
  });
});

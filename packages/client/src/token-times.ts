import { decodeJwtPayload, jwtExpiresAt } from '@pkgauth/protocol';

/** When a token came and ends, by this machine's clock; milliseconds since the Unix epoch. */
export type TokenTimes = { readonly expiresAt?: number; readonly receivedAt?: number };

/** No token is fetched more often than this, whatever the clocks say (CS27). */
const quietPeriod = 30_000;
/** How long a token whose end nobody told is taken for good. */
const assumedLifetime = 300_000;
/** A clock that goes back by less was merely adjusted. */
const tolerance = 60_000;

const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined;

/**
 * Times of a token that has just been received. Its lifetime is counted from now, as the server's clock may be wrong or
 * ours may be (LF18): `expiresIn` of the answer (milliseconds), else the difference of the JWT's own `exp` and `iat`; only
 * without either is `exp` compared with our clock.
 */
export const timesOfNewToken = (
  token: string,
  now: number,
  expiresIn?: number,
): Required<Pick<TokenTimes, 'receivedAt'>> & TokenTimes => {
  const { iat, exp } = decodeJwtPayload(token) ?? {};
  const [issued, ends] = [seconds(iat), seconds(exp)];
  const own = issued !== undefined && ends !== undefined ? ends - issued : undefined;
  const lifetime = expiresIn ?? own;
  const expiresAt = lifetime === undefined ? jwtExpiresAt(token) : now + lifetime;
  return { receivedAt: now, ...(expiresAt === undefined ? {} : { expiresAt }) };
};

const lifetimeOf = ({ expiresAt, receivedAt }: TokenTimes): number | undefined =>
  expiresAt === undefined || receivedAt === undefined ? undefined : Math.max(0, expiresAt - receivedAt);

/** Whether the token came so recently that asking for another would only load the server. */
const isJustReceived = (times: TokenTimes, now: number): boolean => {
  if (times.receivedAt === undefined) return false;
  const age = now - times.receivedAt;
  return age >= 0 && age < Math.min(quietPeriod, (lifetimeOf(times) ?? quietPeriod) / 2);
};

/** Milliseconds that the token is still good for; 0 when it is not, or when the clock was set back since it came. */
export const remainingLifetime = ({ expiresAt, receivedAt }: TokenTimes, now: number): number => {
  if (receivedAt !== undefined && now < receivedAt - tolerance) return 0;
  if (expiresAt !== undefined) return Math.max(0, expiresAt - now);
  return receivedAt === undefined ? 0 : Math.max(0, receivedAt + assumedLifetime - now);
};

/**
 * Whether a token should be used as it is. `minimum` is the lifetime (milliseconds) that the caller wants; of short-lived
 * tokens at most half of theirs. `force` asks for a new one unless this one has just come.
 */
export const isFreshEnough = (
  times: TokenTimes,
  now: number,
  { minimum, force }: { minimum: number; force: boolean },
): boolean => {
  if (isJustReceived(times, now)) return true;
  const wanted = Math.min(minimum, (lifetimeOf(times) ?? Number.POSITIVE_INFINITY) / 2);
  return !force && remainingLifetime(times, now) > wanted;
};

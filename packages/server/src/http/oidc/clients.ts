/**
 * The programs that may log people in. All are public native clients (RFC 8252): they keep no secret, use PKCE, and are
 * called back on a loopback address at any port. A callback on the name `localhost` is not offered, because another
 * user of the machine may be what it resolves to.
 */
type Registration = { name: string; redirectUris: readonly string[] };

/** Registered without a port: RFC 8252 §7.3 leaves it free. */
const onLoopback = (...paths: string[]): string[] =>
  paths.flatMap((path) => [`http://127.0.0.1${path}`, `http://[::1]${path}`]);

export const clients = {
  pkgauth: { name: 'pkgauth', redirectUris: onLoopback('/callback') },
  // rattler sends the callback without any path; other OAuth libraries cannot help writing the slash.
  rattler: { name: 'rattler', redirectUris: onLoopback('', '/') },
  pixi: { name: 'pixi', redirectUris: onLoopback('', '/') },
  'rattler-build': { name: 'rattler-build', redirectUris: onLoopback('', '/') },
} as const satisfies Record<string, Registration>;

export type ClientId = keyof typeof clients;
export const clientIds = Object.keys(clients) as ClientId[];

export const isClientId = (text: string): text is ClientId => Object.hasOwn(clients, text);

/** Scopes that any of them may ask for. */
export const scopes = ['openid', 'profile', 'offline_access', 'channel:read', 'channel:upload'] as const;

/** The known scopes in a `scope` parameter, each once. */
export const knownScopes = (text: string | undefined): string[] => {
  const asked = new Set(text?.split(' '));
  return scopes.filter((scope) => asked.has(scope));
};

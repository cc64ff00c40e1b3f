import { type BearerCredential, Secret } from '@pkgauth/protocol';
import { besideCredentials } from '../config/index.ts';
import type { Context } from '../context.ts';

/** An access token that was exchanged for an API key. Times are milliseconds since the Unix epoch. */
export type CachedToken = BearerCredential & { readonly expiresAt?: number; readonly receivedAt: number };

/** The file that keeps the access token of a key; its name reveals neither. Undefined without a place for it. */
export const cachedTokenPath = (context: Context, service: string, key: Secret): string | undefined => {
  const digest = context.sha256(new TextEncoder().encode(`${service}\0${key.reveal()}`));
  return besideCredentials(
    context,
    'access-tokens',
    `${Buffer.from(digest).toString('hex').slice(0, 32)}.json`,
  );
};

/** A cache is no credential: what cannot be read counts as absent. */
export const readCachedToken = async ({ files }: Context, path: string): Promise<CachedToken | undefined> => {
  try {
    const value = JSON.parse((await files.read(path)) ?? 'null') as Record<string, unknown> | null;
    const { access_token: token, received_at: receivedAt, expires_at: expiresAt } = value ?? {};
    if (typeof token !== 'string' || typeof receivedAt !== 'number') return undefined;
    return {
      kind: 'bearer',
      token: new Secret(token),
      receivedAt,
      ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
    };
  } catch {
    return undefined;
  }
};

export const writeCachedToken = ({ files }: Context, path: string, cached: CachedToken): Promise<void> =>
  files.write(
    path,
    JSON.stringify({
      access_token: cached.token.reveal(),
      expires_at: cached.expiresAt,
      received_at: cached.receivedAt,
    }),
  );

/** Part of a logout: the tokens that a key was exchanged for go with it. */
export const forgetCachedToken = async (context: Context, service: string, key: Secret): Promise<void> => {
  const path = cachedTokenPath(context, service, key);
  if (path !== undefined) await context.files.remove(path);
};

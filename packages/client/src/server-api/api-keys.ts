import { Secret } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { bearer, refusal, send, sendForJson, unexpected } from './exchange.ts';
import { type JsonObject, objectsOf, textOf } from './json-members.ts';
import { timeOf } from './whoami.ts';

/** Days that an API key can be valid. */
export const validities = ['7', '14', '30', '90', '365'] as const;
export type Validity = (typeof validities)[number];

export type ApiKey = {
  readonly id: string;
  readonly name: string | undefined;
  readonly organization: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly lastUsedAt: number | undefined;
};

export type NewApiKey = {
  readonly organization: string;
  readonly validity: Validity;
  readonly name?: string;
};

const path = '/api/v1/api-keys';

const apiKeyOf = (item: JsonObject): ApiKey => ({
  id: textOf(item, 'id') ?? '',
  name: textOf(item, 'name'),
  organization: textOf(item, 'organization'),
  createdAt: timeOf(item.created_at),
  expiresAt: timeOf(item.expires_at),
  lastUsedAt: timeOf(item.last_used_at),
});

/** Makes an API key of the bearer in an organization. The key is in this one answer and nowhere else. */
export const createApiKey = async (
  context: Context,
  origin: string,
  token: string,
  { organization, validity, name }: NewApiKey,
): Promise<{ readonly id: string; readonly key: Secret; readonly expiresAt: number | undefined }> => {
  const url = origin + path;
  const answer = await sendForJson(context, {
    method: 'POST',
    url,
    headers: { ...bearer(token), 'Content-Type': 'application/json' },
    body: JSON.stringify({
      organization,
      validity_days: Number(validity),
      ...(name === undefined ? {} : { name }),
    }),
  });
  const id = textOf(answer, 'id');
  const key = textOf(answer, 'key');
  if (id === undefined || key === undefined) throw unexpected(url, 'an answer without a key');
  return { id, key: new Secret(key), expiresAt: timeOf(answer.expires_at) };
};

/** The API keys of the bearer; never the keys themselves. */
export const listApiKeys = async (context: Context, origin: string, token: string): Promise<ApiKey[]> => {
  const answer = await sendForJson(context, { method: 'GET', url: origin + path, headers: bearer(token) });
  return objectsOf(answer, 'api_keys').map(apiKeyOf);
};

/** Ends an API key at once, and the access tokens made from it. */
export const revokeApiKey = async (
  context: Context,
  origin: string,
  token: string,
  id: string,
): Promise<void> => {
  const url = `${origin}${path}/${encodeURIComponent(id)}`;
  const response = await send(context, { method: 'DELETE', url, headers: bearer(token) });
  if (response.status < 200 || response.status > 299) throw refusal(url, response);
};

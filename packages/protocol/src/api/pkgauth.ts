import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

/** RFC 3339 in UTC. */
const time = z.iso.datetime();
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const role = z.enum(['owner', 'admin', 'member']);

/** Days that an API key may live. */
export const apiKeyValidities = [7, 14, 30, 90, 365] as const;
const validityDays = z.literal(apiKeyValidities);

/** What authenticated a request. */
export const credentialKind = z.enum([
  'access-token',
  'api-key',
  'browser-session',
  'individual-token',
  'site-token',
]);

/** Whom the credential stands for: a person, or a service account. */
export const whoami = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string() }).optional(),
  service_account: z.object({ id: z.string(), name: z.string() }).optional(),
  /** `role` is null for a service account. */
  organizations: z.array(z.object({ slug, title: z.string(), role: role.nullable() })),
  credential: z.object({
    kind: credentialKind,
    /** When this credential ends. */
    expires_at: time.nullable(),
  }),
});
export type Whoami = z.infer<typeof whoami>;

export const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** Null when its owner has left the organization. */
  organization: slug.nullable(),
  created_at: time,
  expires_at: time,
  last_used_at: time.nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

export const apiKeyList = z.object({ api_keys: z.array(apiKey) });
export type ApiKeyList = z.infer<typeof apiKeyList>;

/** Other members are ignored: the owner is always the session's user. */
export const newApiKey = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u)
    .default('API key'),
  organization: slug,
  validity_days: validityDays.default(365),
});
export type NewApiKey = z.infer<typeof newApiKey>;

/** The only answer that ever contains the key. */
export const createdApiKey = apiKey.extend({ key: z.string() });
export type CreatedApiKey = z.infer<typeof createdApiKey>;

export const loginSession = z.object({
  id: z.string(),
  /** The program's client id. */
  client: z.string(),
  /** What the person recognizes the device by. */
  label: z.string(),
  ip: z.string(),
  created_at: time,
  last_used_at: time,
  expires_at: time,
  /** The session that asks. */
  current: z.boolean(),
});
export const loginSessionList = z.object({ sessions: z.array(loginSession) });
export type LoginSessionList = z.infer<typeof loginSessionList>;

/** Our own API, for our client and the dashboard. */
export const pkgauthEndpoints = {
  whoami: { method: 'GET', path: '/api/v1/whoami', status: 200, response: whoami },
  listApiKeys: { method: 'GET', path: '/api/v1/api-keys', status: 200, response: apiKeyList },
  createApiKey: {
    method: 'POST',
    path: '/api/v1/api-keys',
    request: newApiKey,
    status: 201,
    response: createdApiKey,
  },
  deleteApiKey: { method: 'DELETE', path: '/api/v1/api-keys/:id', status: 204 },
  listSessions: { method: 'GET', path: '/api/v1/sessions', status: 200, response: loginSessionList },
  deleteSession: { method: 'DELETE', path: '/api/v1/sessions/:id', status: 204 },
  /** Ends the session of the access token that authenticates the request. */
  endSession: { method: 'DELETE', path: '/api/v1/session', status: 204 },
} as const satisfies Record<string, Endpoint>;

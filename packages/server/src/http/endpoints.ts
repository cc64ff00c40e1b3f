/**
 * Every address of the service and who may use it: the rows of docs/endpoints.md and of the access matrix. The matrix
 * (`access-matrix.test.ts`) fails for a route without a row and for a row without a route.
 */
export type Access =
  /** Anybody. */
  | 'open'
  /** Whoever has the secret that stands in the address or the body. */
  | 'secret'
  /** A signed-in browser; others are sent to the sign-in page. */
  | 'browser'
  /** A form of our own page, which carries its token. */
  | 'form'
  /** Any credential of a person or machine. */
  | 'credential'
  /** An access token of a login; no API key. */
  | 'login'
  /** As `login`, and only for what belongs to the same person: 404 otherwise. */
  | 'own'
  /** As `login`, by a member of the organization that the body names: 404 otherwise. */
  | 'member'
  /** A credential that may read the index: 404 for who does not belong to its organization. */
  | 'reader'
  /** A member's access token or API key: 404 for who does not belong to the organization. */
  | 'publisher';

export type Endpoint = { method: 'GET' | 'POST' | 'DELETE'; path: string; access: Access; doc: string };

export const endpoints = [
  {
    method: 'GET',
    path: '/simple/:organization/:index/',
    access: 'reader',
    doc: 'PEP 503/691 list of the projects of a view or registry. HEAD too, as for all below `/simple/`.',
  },
  {
    method: 'GET',
    path: '/simple/:organization/:index/:project/',
    access: 'reader',
    doc: 'PEP 503/691 page of a project.',
  },
  {
    method: 'GET',
    path: '/simple/:organization/:index/:project/:file',
    access: 'reader',
    doc: 'A file; `.metadata` after its name for its PEP 658 metadata.',
  },
  {
    method: 'GET',
    path: '/simple/pypi/:project/',
    access: 'credential',
    doc: 'The same as `/simple/public/pypi/…`: the public view.',
  },
  {
    method: 'POST',
    path: '/v1/upload/:organization/:registry',
    access: 'publisher',
    doc: 'The legacy upload form of twine and uv.',
  },
  {
    method: 'POST',
    path: '/v1/upload/:organization/:registry/validate',
    access: 'publisher',
    doc: 'Whether the file is there already, as uv asks.',
  },
  { method: 'GET', path: '/api/v1/whoami', access: 'credential', doc: 'Who the credential belongs to.' },
  { method: 'GET', path: '/api/v1/api-keys', access: 'login', doc: 'The person’s API keys.' },
  {
    method: 'POST',
    path: '/api/v1/api-keys',
    access: 'member',
    doc: 'Make an API key; the answer is the only one that has it.',
  },
  { method: 'DELETE', path: '/api/v1/api-keys/:id', access: 'own', doc: 'Revoke an API key.' },
  { method: 'GET', path: '/api/v1/sessions', access: 'login', doc: 'The person’s logins.' },
  { method: 'DELETE', path: '/api/v1/sessions/:id', access: 'own', doc: 'End a login.' },
  {
    method: 'DELETE',
    path: '/api/v1/session',
    access: 'login',
    doc: 'End the login of the token that is sent.',
  },
  {
    method: 'GET',
    path: '/auth/cli/login/:id',
    access: 'browser',
    doc: 'pyx: the page where a person approves a login.',
  },
  { method: 'POST', path: '/auth/cli/login/:id', access: 'form', doc: 'Approve or deny it.' },
  {
    method: 'GET',
    path: '/auth/cli/status/:id',
    access: 'secret',
    doc: 'pyx: the tokens, once approved; 404 until then, after at most ten seconds.',
  },
  {
    method: 'POST',
    path: '/auth/cli/refresh',
    access: 'secret',
    doc: 'pyx: the successor of a refresh token.',
  },
  {
    method: 'POST',
    path: '/auth/cli/access-token',
    access: 'secret',
    doc: 'pyx: an access token for an API key.',
  },
  {
    method: 'GET',
    path: '/auth/cli/logout',
    access: 'credential',
    doc: 'pyx: end the login of the token that is sent, which may have expired.',
  },
  {
    method: 'GET',
    path: '/oauth2/authorize',
    access: 'open',
    doc: 'OAuth 2.1 authorization code with PKCE.',
  },
  {
    method: 'POST',
    path: '/oauth2/token',
    access: 'secret',
    doc: 'OAuth: code, refresh token or device code for tokens.',
  },
  {
    method: 'POST',
    path: '/oauth2/device/code',
    access: 'open',
    doc: 'RFC 8628: begin a login of a device.',
  },
  { method: 'POST', path: '/oauth2/revoke', access: 'secret', doc: 'RFC 7009.' },
  {
    method: 'GET',
    path: '/oauth2/userinfo',
    access: 'credential',
    doc: 'OpenID Connect; for logins that asked for `openid`.',
  },
  { method: 'POST', path: '/oauth2/userinfo', access: 'credential', doc: 'The same.' },
  {
    method: 'GET',
    path: '/oauth2/interaction/:uid',
    access: 'secret',
    doc: 'The page where a person approves an authorization request that began in the same browser.',
  },
  { method: 'POST', path: '/oauth2/interaction/:uid', access: 'form', doc: 'Approve or deny it.' },
  { method: 'GET', path: '/activate', access: 'browser', doc: 'The page for the code of a device.' },
  { method: 'POST', path: '/activate', access: 'form', doc: 'Show what asks under a code.' },
  { method: 'POST', path: '/activate/decision', access: 'form', doc: 'Approve or deny it.' },
  {
    method: 'GET',
    path: '/.well-known/openid-configuration',
    access: 'open',
    doc: 'OpenID Connect discovery.',
  },
  { method: 'GET', path: '/.well-known/oauth-authorization-server', access: 'open', doc: 'RFC 8414.' },
  { method: 'GET', path: '/.well-known/oauth-protected-resource', access: 'open', doc: 'RFC 9728.' },
  { method: 'GET', path: '/.well-known/jwks.json', access: 'open', doc: 'The keys that sign tokens.' },
  { method: 'GET', path: '/', access: 'browser', doc: 'The person’s account.' },
  { method: 'GET', path: '/sign-in', access: 'open', doc: 'The sign-in page.' },
  { method: 'POST', path: '/sign-in', access: 'form', doc: 'Sign in with a password.' },
  { method: 'GET', path: '/sign-in/link/:secret', access: 'secret', doc: 'The page of a one-time link.' },
  { method: 'POST', path: '/sign-in/link/:secret', access: 'form', doc: 'Use it.' },
  { method: 'POST', path: '/sign-out', access: 'form', doc: 'Sign out of this browser.' },
  { method: 'POST', path: '/keys', access: 'form', doc: 'Make an API key on the account page.' },
  { method: 'POST', path: '/keys/:id/revoke', access: 'form', doc: 'Revoke one.' },
  { method: 'POST', path: '/devices/:id/revoke', access: 'form', doc: 'End a login of a program.' },
  { method: 'POST', path: '/browsers/:id/revoke', access: 'form', doc: 'Sign another browser out.' },
  { method: 'POST', path: '/password', access: 'form', doc: 'Set or change the password.' },
  {
    method: 'GET',
    path: '/errors/:code',
    access: 'open',
    doc: 'What an error code means; the `type` of problem details.',
  },
  { method: 'GET', path: '/assets/:name', access: 'open', doc: 'Stylesheet and icon.' },
  { method: 'GET', path: '/favicon.ico', access: 'open', doc: 'The icon.' },
  { method: 'GET', path: '/healthz', access: 'open', doc: 'The process answers.' },
  {
    method: 'GET',
    path: '/readyz',
    access: 'open',
    doc: 'It can do its work; 503 while it cannot, or is stopping.',
  },
  { method: 'GET', path: '/metrics', access: 'open', doc: 'Counters in the Prometheus text format.' },
] as const satisfies readonly Endpoint[];

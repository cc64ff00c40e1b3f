import { type Access, endpoints } from './endpoints.ts';
import { problemTable } from './errors.ts';

/** docs/errors.md. */
export function errorsDocument(): string {
  const rows = Object.entries(problemTable).map(
    ([code, { status, title, remedy }]) => `| \`${code}\` | ${status} | ${title} | ${remedy} |`,
  );
  return `<!-- Generated from packages/server/src/http/errors.ts; change that table, not this file. -->
# Errors of the service

Every error is \`application/problem+json\` (RFC 9457): \`type\` (\`/errors/<code>\`, a page of the service), \`title\`,
\`status\`, \`detail\` (what happened, in one sentence), \`code\` and \`request_id\` (also in \`X-Request-Id\`; the log has the
same). The reason phrase repeats the detail in ASCII, because that is all that pip and twine show. OAuth's own endpoints
answer as RFC 6749 §5.2 says instead.

401 comes with \`WWW-Authenticate\`: \`Basic\` first, then \`Bearer\` with \`resource_metadata\` (RFC 9728). 429 and 503 come
with \`Retry-After\`.

| Code | Status | Title | What to do |
|---|---|---|---|
${rows.join('\n')}
`;
}

const meanings: Readonly<Record<Access, string>> = {
  open: 'anybody',
  secret: 'whoever has the secret in the address or body',
  browser: 'a signed-in browser; others are sent to the sign-in page',
  form: 'a form of our own page, which carries its token; 403 otherwise',
  credential: 'any access token or API key; 401 without one',
  login: 'an access token of a login; 403 for an API key',
  own: 'as *login*, for what belongs to the same person; 404 otherwise',
  member: 'as *login*, by a member of the organization named; 404 otherwise',
  reader: 'a credential that may read the index; 404 for outsiders',
  publisher: 'a member’s access token or API key; 404 for outsiders',
};

/** docs/endpoints.md. */
export function endpointsDocument(): string {
  const rows = endpoints.map(
    ({ method, path, access, doc }) => `| ${method} | \`${path}\` | ${access} | ${doc} |`,
  );
  const words = Object.entries(meanings).map(([access, meaning]) => `- *${access}*: ${meaning}.`);
  return `<!-- Generated from packages/server/src/http/endpoints.ts; change that table, not this file. -->
# Endpoints of the service

Who may use each:

${words.join('\n')}

| Method | Path | Who | What |
|---|---|---|---|
${rows.join('\n')}
`;
}

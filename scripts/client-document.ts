import { type Field, fields } from '../packages/client/src/config/fields.ts';
import { exitCodes } from '../packages/client/src/errors.ts';

const rows = Object.values<Field>(fields).map((field) => {
  const variables = field.variables.map((name) => `\`${name}\``).join(', ');
  const option = field.option === undefined ? '–' : `\`${field.option}\``;
  return `| ${variables} | ${option} | ${field.default ?? '–'} | ${field.doc} |`;
});

const codesOf = (exit: number): string =>
  Object.entries(exitCodes)
    .filter(([, code]) => code === exit)
    .map(([name]) => `\`${name}\``)
    .join(', ');

/** docs/client-configuration.md. */
export const clientConfigurationDocument =
  (): string => `<!-- Generated from packages/client/src/config/fields.ts and errors.ts; change those tables, not this file. -->
# Configuration of the client

Of several variables in a row the first one that is set counts; one that is set but empty counts as not set. An option
wins over its variable.

| Variables | Option | Default | Meaning |
|---|---|---|---|
${rows.join('\n')}

Proxies and certificates are those of every other tool: \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`ALL_PROXY\`, \`NO_PROXY\`,
\`SSL_CERT_FILE\`, \`REQUESTS_CA_BUNDLE\`, \`CURL_CA_BUNDLE\`, \`NODE_EXTRA_CA_CERTS\`, \`SSL_CLIENT_CERT\`. This machine itself is
never asked through a proxy.

## Exit codes

0 is success.

| Exit code | Errors |
|---|---|
${[...new Set(Object.values(exitCodes))].map((exit) => `| ${exit} | ${codesOf(exit)} |`).join('\n')}
`;

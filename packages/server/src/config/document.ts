import { type Field, fieldNames, fields } from './fields.ts';

/** The options of `pkgauth-server --help`, one per line. */
export function optionsHelp(): string {
  const rows = fieldNames.map((name): [string, Field] => {
    const field: Field = fields[name];
    return [field.flag === null ? field.env : `--${field.flag} ${field.placeholder}`, field];
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows
    .map(([left, field]) => `  ${left.padEnd(width)}${plain(field.doc)}${defaultOf(field)}`)
    .join('\n');
}

function plain(doc: string): string {
  return doc.replaceAll('`', '');
}

function defaultOf(field: Field): string {
  return field.default === null || field.default === '' ? '' : ` [${field.default}]`;
}

/** docs/configuration.md. */
export function configurationDocument(): string {
  const rows = fieldNames.map((name) => {
    const field: Field = fields[name];
    const flag = field.flag === null ? '–' : `\`--${field.flag} ${field.placeholder}\``;
    const variable = field.secret ? `\`${field.env}\`, \`${field.env}_FILE\`` : `\`${field.env}\``;
    const fallback = field.default === null || field.default === '' ? '–' : `\`${field.default}\``;
    return `| ${flag} | ${variable} | \`${field.key}\` | ${fallback} | ${field.doc.replaceAll('|', '\\|')} |`;
  });
  return `<!-- Generated from packages/server/src/config/fields.ts; change that table, not this file. -->
# Configuration of the service

A setting on the command line wins over a variable, a variable over the configuration file. A variable that is set
but empty counts as not set. A variable with a \`_FILE\` form may name a file that holds the value, so that the value
itself stays out of the environment. All problems are reported at once, and the service does not start with any.

| Command line | Variable | In the file | Default | Meaning |
|---|---|---|---|---|
${rows.join('\n')}

The configuration file is one JSON object:

\`\`\`json
{ "public-url": "https://packages.example.com", "trusted-proxies": ["10.0.0.0/8"], "log-level": "warn" }
\`\`\`
`;
}

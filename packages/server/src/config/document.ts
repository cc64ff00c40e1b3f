import { type Field, fieldNames, fields } from './fields.ts';

/** Columns that every terminal has. */
const lineWidth = 80;

/** The options of `pkgauth-server --help`: each on a line of its own, its meaning indented below. */
export function optionsHelp(): string {
  const entries = fieldNames.map((name) => {
    const field: Field = fields[name];
    const option = field.flag === null ? field.env : `--${field.flag} ${field.placeholder}`;
    return `  ${option}\n${wrap(field.doc.replaceAll('`', '') + defaultOf(field), 6)}`;
  });
  return entries.join('\n');
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one).join('\n');
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

// `node --conditions=@pkgauth/source scripts/generate-docs.ts [--check]`: writes the documents that are
// generated from tables in the code, or with --check names those that differ from it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationDocument } from '../packages/server/src/config/document.ts';
import { endpointsDocument, errorsDocument } from '../packages/server/src/http/documents.ts';
import { clientConfigurationDocument } from './client-document.ts';

const root = join(import.meta.dirname, '..');

// A document is added by a row: its path, and the function that writes it from the table that it documents.
const documents = [
  { path: 'docs/client-configuration.md', write: clientConfigurationDocument },
  { path: 'docs/configuration.md', write: configurationDocument },
  { path: 'docs/endpoints.md', write: endpointsDocument },
  { path: 'docs/errors.md', write: errorsDocument },
] as const;

for (const { path, write } of documents) {
  const file = join(root, path);
  const text = write();
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.log(`${path} differs from the code: node --conditions=@pkgauth/source scripts/generate-docs.ts`);
    process.exitCode = 1;
  }
}

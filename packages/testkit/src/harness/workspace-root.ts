import { join } from 'node:path';

/** The checkout: this file stands at the same depth in src/ and in dist/. */
export const workspaceRoot = join(import.meta.dirname, '../../../..');

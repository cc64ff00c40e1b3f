import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { workspaceRoot } from './workspace-root.ts';

/** A program of the system by name, or a Python environment of a real client. */
export type Part =
  | 'postgres'
  | 'gnome-keyring-daemon'
  | 'dbus-run-session'
  | 'secret-tool'
  | 'chromium'
  | 'nginx'
  | 'strace'
  | 'python3'
  | `python/${string}`;

type PartRecord = { readonly path: string | null; readonly reason: string | null };

/** Where the set-up found the part. Throws, naming the reason, when it is not there. */
export function partPath(part: Part): string {
  const { path, reason } = readPart(part);
  if (path === null) throw new Error(`${part} is missing: ${reason}`);
  return path;
}

/**
 * `describe` for a suite that needs parts which npm does not bring. Where one is missing the suite is named
 * with the reason instead of run; with CI=true that is a failure.
 */
export function describeWith(parts: readonly Part[], name: string, suite: () => void): void {
  const missing = parts.flatMap((part) => {
    const { path, reason } = readPart(part);
    return path === null ? [`${part} is missing (${reason})`] : [];
  });
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const title = `did not run: ${missing.join(', ')}`;
  describe(name, () => {
    it.skipIf(process.env.CI !== 'true')(title, () => {
      throw new Error(title);
    });
  });
}

function readPart(part: Part): PartRecord {
  const file = part.startsWith('python/') ? 'python-environments.json' : 'system-parts.json';
  const unknown: PartRecord = { path: null, reason: 'not set up: run npm run setup -- --for=test' };
  try {
    const records: Record<string, PartRecord> = JSON.parse(
      readFileSync(join(workspaceRoot, '.cache', file), 'utf8'),
    );
    return records[part] ?? unknown;
  } catch {
    return unknown;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a secret turned up, and in which disguise. */
export type Sighting = { secret: string; place: string; encoding: string };

/** Secrets by name, looked for in everything that was written: as they are, in base64, percent-encoded, in hex. */
export class Canaries {
  readonly #needles: { secret: string; encoding: string; bytes: Buffer }[] = [];

  add(secret: string, value: string): void {
    if (value.length < 12) throw new Error(`${secret} is too short to be told from chance`);
    for (const [encoding, text] of disguises(value)) {
      this.#needles.push({ secret, encoding, bytes: Buffer.from(text) });
    }
  }

  /** Sightings of secrets other than those that may be in this place. */
  search(place: string, content: string | Buffer, allowed: readonly string[] = []): Sighting[] {
    const bytes = Buffer.from(content);
    return this.#needles
      .filter(({ secret, bytes: needle }) => !allowed.includes(secret) && bytes.includes(needle))
      .map(({ secret, encoding }) => ({ secret, place, encoding }));
  }

  /** Every file below a directory, byte by byte; its name too. */
  searchFiles(directory: string, allowed: (path: string) => readonly string[] = () => []): Sighting[] {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = this.search(`the name of ${path}`, path);
      return entry.isFile() ? [...name, ...this.search(path, readFileSync(path), allowed(path))] : name;
    });
  }
}

function disguises(value: string): [encoding: string, text: string][] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  // What stands before a text in the same base64 moves it by one or two characters; the ends depend on the neighbours.
  const base64 = [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = encoded.slice(Math.ceil((shift * 4) / 3) + (shift > 0 ? 1 : 0), -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const texts: [string, string][] = [
    ['plain', value],
    ...base64.map((text): [string, string] => ['base64', text]),
    ['percent', encodeURIComponent(value)],
    ['percent', percent],
    ['percent', percent.toUpperCase()],
    ['hex', hex],
    ['hex', hex.toUpperCase()],
  ];
  return texts.filter(([, text], index) => texts.findIndex((other) => other[1] === text) === index);
}

/** Notes the command lines of all processes while it runs, as anybody on the machine could. */
export function watchProcesses(): { seen: ReadonlySet<string>; stop(): void } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        seen.add(readFileSync(`/proc/${name}/cmdline`, 'utf8'));
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 15);
  return { seen, stop: () => clearInterval(timer) };
}

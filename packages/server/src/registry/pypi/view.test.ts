import { parseSimpleHtml, parseSimpleJson } from '@pkgauth/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../core/errors.ts';
import type { DistributionFile, PypiSource } from './source.ts';
import { isSameView, locateFile, mergeProjects, readProject, readProjects, renderView } from './view.ts';

const clock = { now: () => 5000 };
const file = (filename: string, from: string, over: Partial<DistributionFile> = {}): DistributionFile => ({
  filename,
  url: `http://${from}/${filename}`,
  hashes: { sha256: 'a'.repeat(64) },
  ...over,
});

type Projects = Record<string, DistributionFile[]>;

function source(
  kind: PypiSource['kind'],
  projects: Projects,
  over: Partial<PypiSource> = {},
): PypiSource & { asked: string[] } {
  const asked: string[] = [];
  const pages = new Map(
    Object.entries(projects).map(([name, files]) => [name, { name, files, versions: ['1.0'] }]),
  );
  return {
    kind,
    asked,
    claims: async (name) => kind === 'hosted' && pages.has(name),
    async project(name) {
      asked.push(name);
      const page = pages.get(name);
      return page && { page, freshUntil: kind === 'hosted' ? 6000 : 99_000 };
    },
    stat: async () => undefined,
    file: async () => undefined,
    metadata: async () => undefined,
    projects: async () => Object.keys(projects),
    ...over,
  };
}

const read = (sources: PypiSource[], name = 'sample') => readProject(sources, name, 'refuse', clock);
const names = async (sources: PypiSource[], name?: string) => {
  const view = await read(sources, name);
  return (
    view &&
    (JSON.parse(renderView(view, '/simple/a/b/', 'json')) as { files: { filename: string }[] }).files.map(
      (one) => one.filename,
    )
  );
};

describe('view', () => {
  it('a project that is hosted anywhere is never completed from a mirror, nor is the mirror asked', async () => {
    const mirror = source('mirror', { sample: [file('sample-99.0.tar.gz', 'evil')] });
    const first = source('hosted', { sample: [file('sample-1.0.tar.gz', 'own')] });
    const second = source('hosted', { sample: [file('sample-2.0.tar.gz', 'own')] });
    for (const sources of [
      [mirror, first],
      [first, mirror],
      [mirror, first, mirror, second],
    ]) {
      expect(await names(sources)).not.toContain('sample-99.0.tar.gz');
    }
    expect(mirror.asked).toEqual([]);
  });

  it('a name that was hosted once stays taken, although nothing of it is left', async () => {
    const mirror = source('mirror', { sample: [file('sample-99.0.tar.gz', 'evil')] });
    const emptied = source('hosted', {}, { claims: async () => true });
    expect(await names([emptied, mirror])).toEqual([]);
  });

  it('merges hosted registries; the first one wins where both have a file', async () => {
    const first = source('hosted', {
      sample: [file('sample-1.0.tar.gz', 'first'), file('sample-2.0.tar.gz', 'first')],
    });
    const second = source('hosted', {
      sample: [file('sample-2.0.tar.gz', 'second'), file('sample-3.0.tar.gz', 'second')],
    });
    const view = await read([first, second]);
    expect(await names([first, second])).toEqual([
      'sample-1.0.tar.gz',
      'sample-2.0.tar.gz',
      'sample-3.0.tar.gz',
    ]);
    expect(view && locateFile(view, 'sample-2.0.tar.gz')).toMatchObject({
      source: first,
      file: { url: 'http://first/sample-2.0.tar.gz' },
    });
    expect(view && locateFile(view, 'sample-3.0.tar.gz')).toMatchObject({
      source: second,
      project: 'sample',
    });
    expect(view && JSON.parse(renderView(view, '/', 'json')).versions).toEqual(['1.0', '2.0', '3.0']);
  });

  it('takes a mirrored project from the first mirror that has it, and from no other', async () => {
    const none = source('mirror', {});
    const first = source('mirror', { sample: [file('sample-1.0.tar.gz', 'first')] });
    const second = source('mirror', { sample: [file('sample-2.0.tar.gz', 'second')] });
    expect(await names([none, first, second])).toEqual(['sample-1.0.tar.gz']);
    expect(await names([none, second, first])).toEqual(['sample-2.0.tar.gz']);
    expect(await names([none])).toBeUndefined();
  });

  it('a registry that cannot be asked is an error, not an absence that a later one fills', async () => {
    const down = () => Promise.reject(new ServiceError('upstream-timeout', 'late'));
    const later = source('mirror', { sample: [file('sample-99.0.tar.gz', 'evil')] });
    await expect(read([source('mirror', {}, { project: down }), later])).rejects.toThrow('late');
    await expect(read([source('hosted', {}, { claims: down }), later])).rejects.toThrow('late');
    expect(later.asked).toEqual([]);
  });

  it('is fresh for as long as its shortest-lived part, a second with a hosted registry', async () => {
    const mirror = source('mirror', { sample: [] });
    expect(await read([mirror])).toMatchObject({ freshUntil: 99_000, filesStay: true });
    expect(await read([source('hosted', {}), mirror])).toMatchObject({ freshUntil: 6000, filesStay: false });
  });

  it('carries the age of a part whose upstream is away', async () => {
    const page = { name: 'sample', files: [], versions: [] };
    const stale = source('mirror', {}, { project: async () => ({ page, freshUntil: 1, staleSince: 77 }) });
    expect(await read([stale])).toMatchObject({ staleSince: 77 });
  });

  it('knows whether two readings show the same', async () => {
    const mirror = source('mirror', { sample: [] });
    const [one, two] = [await read([mirror]), await read([mirror])];
    const other = await read([source('mirror', { sample: [] })]);
    expect(one && two && isSameView(one, two)).toBe(true);
    expect(one && other && isSameView(one, other)).toBe(false);
  });

  it('lists every project once', async () => {
    const sources = [
      source('hosted', { b: [], a: [] }),
      source('mirror', { c: [], a: [] }),
      source('mirror', {}),
    ];
    expect(mergeProjects(await readProjects(sources))).toEqual(['a', 'b', 'c']);
    expect(mergeProjects(await readProjects([]))).toEqual([]);
    const alone = ['x', 'y'];
    expect(mergeProjects([alone])).toBe(alone);
  });

  it('writes addresses below the index whatever the source said, that lead back to the file', async () => {
    const filename = fc.stringMatching(/^[A-Za-z0-9!+._~-]{1,30}\.whl$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(filename, { minLength: 1, maxLength: 5 }), async (filenames) => {
        const files = filenames.map((one) =>
          file(one, 'upstream.example.com', { yanked: 'a "reason" <b>', requiresPython: '>=3.8,<4' }),
        );
        const view = await read([source('mirror', { sample: files })]);
        if (view === undefined) throw new Error('the project is there');
        const here = 'http://h/simple/a/b/sample/';
        const json = parseSimpleJson(renderView(view, '/simple/a/b/', 'json'), here);
        const html = parseSimpleHtml(renderView(view, '/simple/a/b/', 'html'), here, 'sample');
        for (const page of [json, html]) {
          expect(page.files.map((one) => one.filename)).toEqual(filenames);
          for (const one of page.files) {
            expect(one.url.startsWith(here)).toBe(true);
            expect(decodeURIComponent(one.url.slice(here.length))).toBe(one.filename);
            expect(one).toMatchObject({
              yanked: 'a "reason" <b>',
              requiresPython: '>=3.8,<4',
              hashes: { sha256: 'a'.repeat(64) },
            });
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

/**
 * Mirrors every project of the upstream at `process.argv[2]` into the directory `process.argv[3]` without end, all at
 * once, and prints the name of each file that it has from then on. `mirror-kill.test.ts` kills it and looks for them.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Timers } from '../../core/ports/index.ts';
import { openBlobStore } from '../blobs.ts';
import { createUpstream } from '../upstream.ts';
import { createMirror, type Mirror } from './mirror.ts';

const timers: Timers = { every: () => () => {}, wait: () => Promise.resolve() };

export async function openMirror(
  url: string,
  directory: string,
): Promise<{ mirror: Mirror; close(): Promise<void> }> {
  const upstream = createUpstream({ url, authorization: undefined });
  const mirror = createMirror({
    upstream,
    directory: join(directory, 'mirror'),
    blobs: await openBlobStore(join(directory, 'blobs')),
    clock: { now: () => Date.now() },
    timers,
    count: () => {},
  });
  return {
    mirror,
    async close() {
      await mirror.stop();
      await upstream.close();
    },
  };
}

async function fetchProject(mirror: Mirror, project: string): Promise<void> {
  const found = await mirror.project(project, 'refuse');
  for (const file of found?.page.files ?? []) {
    const content = await mirror.file({ project, file }, undefined);
    if (content?.kind === 'blob') writeSync(1, `${file.filename}\n`);
    if (content?.kind !== 'arriving') continue;
    const into = Buffer.alloc(64 * 1024);
    while ((await content.reader.read(into)) > 0);
    content.reader.leave();
  }
}

const [, program = '', url = '', directory = ''] = process.argv;
if (program.endsWith('endless-mirror.fixture.ts')) {
  const { mirror } = await openMirror(url, directory);
  for (;;) {
    const projects = await mirror.projects();
    await Promise.all(projects.map((project) => fetchProject(mirror, project)));
  }
}

import { createBoundedMap } from '../../core/bounded-map.ts';
import { ServiceError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/index.ts';
import type { HostedIndex, ProjectPage, PypiSource } from './source.ts';

/** Milliseconds after which another process's upload is seen; one's own is at once. */
export const hostedFresh = 1000;

/** A hosted registry as a source of views. A page that did not change is the same object as before. */
export function createHostedSource(hosted: HostedIndex, registryId: string, clock: Clock): PypiSource {
  const known = createBoundedMap<string, { page: ProjectPage; text: string }>(1000);

  function sameOr(name: string, page: ProjectPage): ProjectPage {
    const text = JSON.stringify(page);
    const before = known.get(name);
    if (before?.text === text) return before.page;
    known.set(name, { page, text });
    return page;
  }

  return {
    kind: 'hosted',
    claims: (name) => hosted.exists(registryId, name),
    async project(name) {
      const page = await hosted.project(registryId, name);
      return page && { page: sameOr(name, page), freshUntil: clock.now() + hostedFresh };
    },
    async stat({ file }) {
      return { size: file.size, sha256: file.hashes.sha256 };
    },
    async file({ file }) {
      const blob = await hosted.file(registryId, file.filename);
      if (blob !== undefined && file.size !== undefined && blob.size !== file.size) {
        throw new ServiceError(
          'unavailable',
          `${file.filename} is damaged on the service's disk; it is in the backup`,
        );
      }
      return blob && { kind: 'blob', blob };
    },
    metadata: ({ file }) => hosted.metadata(registryId, file.filename),
    projects: () => hosted.projects(registryId),
  };
}

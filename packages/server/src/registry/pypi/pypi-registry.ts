import type { Clock } from '../../core/ports/index.ts';
import type { FileSender } from '../files.ts';
import type { RegistryProtocol } from '../registry.ts';
import { PageStore } from './page-store.ts';
import { isSimpleTarget, parseSimpleRoute, type SimpleRoute } from './routes.ts';
import { FileServer } from './serve-files.ts';
import { PageServer } from './serve-pages.ts';
import type { Sources } from './sources.ts';

export type PypiRegistryDeps = {
  sources: Sources;
  sender: FileSender;
  clock: Clock;
  /** Whether a project page was at hand. */
  count(page: 'hit' | 'miss'): void;
};

/** PyPI's simple API: PEP 503 and 691 pages, PEP 658 metadata, files. */
export function createPypiRegistry(deps: PypiRegistryDeps): RegistryProtocol<SimpleRoute> {
  const store = new PageStore(deps.sources, deps.clock);
  const pages = new PageServer({ ...deps, store });
  const files = new FileServer({ ...deps, store });
  return {
    kind: 'pypi',
    owns: isSimpleTarget,
    parse: parseSimpleRoute,
    serve(route, index, request, response) {
      const exchange = { index, request, response };
      switch (route.kind) {
        case 'projects':
          return pages.serveList(route, exchange);
        case 'project':
          return pages.servePage(route, exchange);
        case 'file':
          return files.serveFile(route, exchange);
        case 'metadata':
          return files.serveMetadata(route, exchange);
      }
    },
    hostedChanged(registryId, project) {
      store.hostedChanged(registryId, project);
      pages.forgetLists();
    },
    stop: () => deps.sources.stop(),
  };
}

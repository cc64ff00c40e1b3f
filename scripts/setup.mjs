// `npm run setup`: brings a checkout to where everything runs, doing only what changed.
// Runs on Node 20 without node_modules; `--for=test` adds the real clients and system parts of the tests.
import { buildIfChanged } from './build.mjs';
import { ensureBins, ensureDependencies } from './dependencies.mjs';
import { ensurePythonEnvironments } from './python-environments.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { ensureSystemParts } from './system-parts.mjs';
import { main } from './workspace.mjs';

await main(() =>
  withSetupLock(() => {
    ensureDependencies();
    buildIfChanged();
    ensureBins();
    if (process.argv.includes('--for=test')) {
      ensureSystemParts();
      ensurePythonEnvironments();
    }
  }),
);

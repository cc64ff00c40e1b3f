/**
 * The outside world that tests meet for real: processes, ports, folders, the real clients' environments,
 * PostgreSQL, Chromium and the Secret Service. It knows nothing of pkgauth itself.
 * To add a part: a file here, its export below, its program in scripts/system-parts.mjs.
 */
export { chromium } from './chromium.ts';
export { cleanEnvironment, type Environment } from './clean-environment.ts';
export { freePort } from './free-port.ts';
export { type HangingDbus, hangingDbus } from './hanging-dbus.ts';
export { describeWith, type Part, partPath } from './parts.ts';
export { createDatabase, startPostgres, type TestDatabase } from './postgres.ts';
export {
  type ProcessOptions,
  type ProcessResult,
  type RunningProcess,
  run,
  startProcess,
} from './process.ts';
export { pythonTool } from './python-tool.ts';
export { type SecretServiceState, secretService } from './secret-service.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';

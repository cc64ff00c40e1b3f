/**
 * The pkgauth service as a library: read settings, start, stop. Everything else is reached over HTTP.
 */
export {
  type Config,
  ConfigError,
  type ConfigSource,
  configurationDocument,
  loadConfig,
} from './config/index.ts';
export { createLog, type Log, type LogLevel, silentLog } from './log.ts';
export { type RunningService, startService } from './service.ts';

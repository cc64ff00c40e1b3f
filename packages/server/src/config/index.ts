/**
 * The settings of the service: one table (`fields.ts`), one reader, and the texts that derive from the table.
 *
 * Must not know what a setting is used for. To add a setting, add a row to `fields.ts`; regenerate
 * docs/configuration.md with `node scripts/generate-docs.ts`.
 */
export { ConfigError } from './config-error.ts';
export { configurationDocument, optionsHelp } from './document.ts';
export { type Config, type ConfigSource, type LoadedConfig, loadConfig } from './load.ts';
export { addNetwork, isLoopbackHost } from './parse-value.ts';

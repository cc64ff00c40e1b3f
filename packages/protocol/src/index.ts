/**
 * `@pkgauth/protocol`: what pkgauth and the tools around it say to each other, as pure functions over text and data. Owns
 * credential shapes, other tools' file formats and helper conversations, token shapes, URL matching, OAuth answers and
 * Python index pages. Must not know a file system, network, clock, environment or runtime: callers bring those. The HTTP
 * contract is the entry `@pkgauth/protocol/api`, because it loads zod. To add to this package, follow the first paragraph
 * of the folder's own index.
 */
export * from './credentials/index.ts';
export * from './encoding/index.ts';
export * from './errors.ts';
export * from './formats/index.ts';
export * from './helpers/index.ts';
export * from './matching/index.ts';
export * from './oauth/index.ts';
export * from './pypi/index.ts';
export * from './tokens/index.ts';

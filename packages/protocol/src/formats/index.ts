/**
 * Other tools' files and our own, text ⇄ data, one file per format. Text in, text out: paths, locks, modes and atomic
 * replacement are the stores' business. What a format's owner or the user wrote stays byte for byte wherever the format
 * allows; what cannot be read is a `ProtocolError` with its place and never an empty result. To add a format, add
 * `<name>.ts`, `<name>.test.ts`, vectors, and a line here.
 */
export * from './netrc/index.ts';
export * from './pip-conf.ts';
export * from './pkgauth-credentials.ts';
export * from './pyx-token-store.ts';
export * from './uv-credentials.ts';
export * from './uv-toml.ts';

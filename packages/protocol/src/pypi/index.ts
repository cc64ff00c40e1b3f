/**
 * What Python package indexes say: project names, versions, file names, the simple API's project pages in JSON and HTML,
 * and which of the two a client wants. Pure text ⇄ data: where pages come from, and who may read them, is decided
 * elsewhere. To follow a new PEP, add the member to `project-page.ts` and to the parser and renderer of each notation.
 */
export * from './filename.ts';
export * from './name.ts';
export * from './negotiate.ts';
export * from './project-page.ts';
export * from './render-html.ts';
export * from './simple-html.ts';
export * from './simple-json.ts';
export * from './version.ts';

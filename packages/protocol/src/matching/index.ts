/**
 * Which credential belongs to which URL: hosts, realms, path prefixes, and what a `keyring` question means. Decides on
 * text alone; must not know stores or credentials. Whatever could be read in two ways matches nothing. To add a rule, add
 * its file with a table of matches and, for each, a near miss.
 */
export * from './keyring-question.ts';
export * from './realm.ts';
export * from './secure.ts';
export * from './service.ts';

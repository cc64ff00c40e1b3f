/**
 * Other tools' helper conversations: what they say on the command line and stdin, and the exact bytes and exit code that
 * they expect back. Knows no store and asks nobody. A value that could break out of its line is refused with the whole
 * answer. To add a conversation, add `<tool>.ts` with a reader, a writer and a table test, and a line here.
 */
export * from './answer.ts';
export * from './bazel.ts';
export * from './keyring.ts';
export * from './keyring-arguments.ts';

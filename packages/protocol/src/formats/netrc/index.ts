/**
 * netrc files: read as python's `netrc` (so pip and requests) reads them, edited so that every client reads the same. What
 * is lenient here is what the other clients accept, too: comments behind blank lines, and a macro that runs to the end of
 * the file. Knows no path and no environment variable.
 */
export * from './edit.ts';
export * from './parse.ts';

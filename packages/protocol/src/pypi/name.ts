/** Whether the text is a valid project name (PEP 508): ASCII letters, digits, `.`, `_` and `-`, not at its ends. */
export const isProjectName = (text: string): boolean => /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(text);

/** The normalized form of a project name (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`. */
export const normalizeProjectName = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase();

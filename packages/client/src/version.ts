/** The version of the package, as `--version` and the User-Agent say it. */
export const version = '0.1.0';

/** Settings that cannot be used: every problem of one reading at once, none of them with a secret in it. */
export class ConfigError extends Error {
  readonly code = 'config-invalid';
  readonly hint = 'pkgauth-server --help';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

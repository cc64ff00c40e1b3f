import type { TextFile } from './tracked-files.ts';

const sources = /^packages\/(client|server|protocol)\/src\/(?!.*\.(test|fixture)\.ts$).*\.ts$/;

// The edges of each half, which hand the outside world to the rest as an object that tests can replace.
const edges = [
  /^packages\/client\/src\/(context\/|cli\/process\.ts$)/,
  /^packages\/server\/src\/(compose|main)\.ts$/,
  // It sets files' times, beside those that the file system's own clock sets.
  /^packages\/server\/src\/registry\/record-store\.ts$/,
];

const ambient = [
  ['the clock', /\bDate\.now\(|\bnew Date\(\)/],
  ['the environment', /\bprocess\.env\b/],
  ['randomness', /\bMath\.random\(/],
  ['the network', /(?:^|[^.\w])fetch\(/],
] as const;

/** Lines that reach for clock, environment, randomness or network instead of being given them. */
export function ambientAccess(files: readonly TextFile[]): string[] {
  const inner = files.filter(({ path }) => sources.test(path) && !edges.some((edge) => edge.test(path)));
  return inner.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        ambient
          .filter(([, pattern]) => pattern.test(line) && !/^\s*(\/\/|\*)/.test(line))
          .map(([what]) => `${path}:${index + 1} reaches for ${what}: take it from the context`),
      ),
  );
}

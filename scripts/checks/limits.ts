import type { TextFile } from './tracked-files.ts';

const maximumLines = 500;

/** Source files that outgrew the limit; functions are Biome's to measure. */
export function oversizedFiles(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1;
    return /\.(ts|tsx|mjs|cjs)$/.test(path) && lines > maximumLines
      ? [`${path} has ${lines} lines, over ${maximumLines}`]
      : [];
  });
}

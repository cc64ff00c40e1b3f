import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { root, type TextFile } from './tracked-files.ts';

// Spelled in pieces, because this file is searched as well.
const hosts = [
  ['pypi', 'org'],
  ['pythonhosted', 'org'],
  ['npmjs', 'org'],
  ['npmjs', 'com'],
  ['yarnpkg', 'com'],
  ['conda', 'anaconda', 'org'],
  ['repo', 'anaconda', 'com'],
].map((labels) => labels.join('.'));

// Folders that only the machine of whoever wrote the line has.
const folders = [root, homedir(), dirname(root)].filter(
  (folder) => folder.split('/').length > 2 || folder === homedir(),
);
const machinePaths = [...folders, ['', 'root'].join('/'), ['', 'work'].join('/')].map(
  (folder) => `${folder}/`,
);

/** Places where a public registry's host or a path of somebody's machine is written down: `file:line: what`. */
export function forbiddenNames(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => forbiddenIn(line).map((name) => `${path}:${index + 1}: ${name}`)),
  );
}

function forbiddenIn(line: string): string[] {
  const lower = line.toLowerCase();
  const named = hosts.filter((host) => holds(lower, host, /[a-z0-9-]/));
  const paths = [...new Set(machinePaths)].filter((path) => holds(line, path, /[\w.~$}/-]/));
  return [...named, ...paths];
}

// Not as the end of a longer word: `notpypi…` and `packages/work/` are other names.
function holds(line: string, name: string, wordCharacter: RegExp): boolean {
  for (let at = line.indexOf(name); at >= 0; at = line.indexOf(name, at + 1)) {
    if (at === 0 || !wordCharacter.test(line.charAt(at - 1))) return true;
  }
  return false;
}

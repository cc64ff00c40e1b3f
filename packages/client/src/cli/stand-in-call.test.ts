import { expect, it } from 'vitest';
import { programName, standInCall } from './stand-in-call.ts';

it.each([
  ['/usr/local/bin/keyring', 'keyring'],
  ['C:\\Tools\\keyring.exe', 'keyring'],
  ['/opt/pkgauth/dist/cli.cjs', 'cli'],
  ['main.ts', 'main'],
  ['', ''],
])('%s is invoked as %j', (path, name) => expect(programName(path)).toBe(name));

it.each([
  ['keyring', ['get', 's', 'u'], { name: 'keyring', argv: ['get', 's', 'u'] }],
  ['keyring', ['--help'], { name: 'keyring', argv: ['--help'] }],
  ['keyring', [], { name: 'keyring', argv: [] }],
  ['cli', ['helper', 'keyring', 'get', 's'], { name: 'keyring', argv: ['get', 's'] }],
  ['cli', ['helper', 'keyring', '--help', 'get'], { name: 'keyring', argv: ['--help', 'get'] }],
  ['cli', ['helper', 'bazel', 'get'], { name: 'bazel', argv: ['get'] }],
  ['cli', ['helper', 'keyring', '--help'], undefined],
  ['cli', ['helper'], undefined],
  ['cli', ['helper', 'docker', 'get'], undefined],
  ['cli', ['-v', 'helper', 'keyring'], undefined],
  ['cli', ['keyring', 'get'], undefined],
])('%s %j', (invokedAs, argv, expected) => expect(standInCall(invokedAs, argv)).toEqual(expected));

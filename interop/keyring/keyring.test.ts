import { join } from 'node:path';
import { describeWith, type ProcessResult, pythonTool, run } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtClient } from '../support/client.ts';
import { emptyHome, type Home } from '../support/home.ts';

/** The real keyring 25.7 and our stand-in, with the same passwords in them, are asked the same. */
describeWith(['python/keyring'], 'the keyring stand-in beside keyring 25.7', () => {
  const service = 'https://pkg.example.com/simple/acme/main/';
  const password = 'pä"s\\s wörd € 𝄞';
  let home: Home;
  type Program = (argv: readonly string[], input?: string) => Promise<ProcessResult>;
  const start = (command: string, argv: readonly string[], input: string | undefined) => {
    const env = {
      ...home.env,
      PYTHONPATH: import.meta.dirname,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONIOENCODING: 'utf-8',
      PYTHON_KEYRING_BACKEND: 'json_keyring.Keyring',
      KEYRING_PROPERTY_PATH: join(home.path, 'keyring.json'),
    };
    return run(command, argv, { env, cwd: home.path, ...(input === undefined ? {} : { input }) });
  };
  const real: Program = (argv, input) => start(pythonTool('keyring', 'keyring'), argv, input);
  const ours: Program = (argv, input) =>
    start(process.execPath, [builtClient(), 'helper', 'keyring', ...argv], input);
  const both = (argv: readonly string[], input?: string) =>
    Promise.all([real(argv, input), ours(argv, input)]);
  const seen = ({ code, stdout }: ProcessResult) => ({ code, stdout });

  beforeAll(async () => {
    home = emptyHome();
    for (const { code, stderr } of await both(['set', service, 'bob'], `${password}\n`))
      expect(code, stderr).toBe(0);
  });
  afterAll(() => home?.[Symbol.dispose]());

  it.each<[what: string, code: number, ...argv: string[]]>([
    ['a password', 0, 'get', service, 'bob'],
    ['as JSON', 0, '--output', 'json', 'get', service, 'bob'],
    ['user and password', 0, '--mode', 'creds', 'get', service, 'bob'],
    ['whose user is not known', 0, '--mode', 'creds', 'get', service],
    ['as pip 26.2 and later ask', 0, '--mode=creds', '--output=json', 'get', service, 'bob'],
    ['as pip asks without a user', 0, '--mode=creds', '--output=json', 'get', service],
    ['as uv asks without a user', 0, 'get', service, '--mode', 'creds'],
    ['of nobody', 1, 'get', service, 'nobody'],
    ['of nobody as JSON', 1, '--output=json', 'get', service, 'nobody'],
    ['of nobody with creds', 1, '--mode=creds', '--output=json', 'get', service, 'nobody'],
    ['of an unknown service', 1, 'get', 'https://other.example.com/', 'bob'],
    ['without a user', 2, 'get', service],
    ['without a service', 2, 'get'],
    ['in a mode that does not exist', 2, '--mode', 'both', 'get', service, 'bob'],
    ['in a form that does not exist', 2, '--output', 'yaml', 'get', service, 'bob'],
    ['by an operation that does not exist', 2, 'fetch', service, 'bob'],
    ['by no operation', 2],
  ])('answers to the byte: %s', async (_what, code, ...argv) => {
    const [theirs, own] = await both(argv);
    expect(theirs.code, theirs.stderr).toBe(code);
    expect(seen(own)).toEqual(seen(theirs));
  });

  it('says the same about a call without a user', async () => {
    const [theirs, own] = await both(['get', service]);
    const last = ({ stderr }: ProcessResult) => stderr.trimEnd().split('\n').at(-1);
    expect(last(theirs)).toBe('keyring: error: get requires service and username');
    expect(last(own)).toBe(last(theirs));
  });

  it('takes exactly one line end off what is set, and forgets what is deleted', async () => {
    for (const given of ['plain', 'one\n', ' kept \n']) {
      const set = await both(['set', service, 'ann'], given);
      expect(set.map(seen)).toEqual(Array(2).fill({ code: 0, stdout: '' }));
      const [theirs, own] = await both(['get', service, 'ann']);
      expect(seen(own), JSON.stringify(given)).toEqual(seen(theirs));
    }
    for (const code of [0, 1]) {
      const removed = await both(['del', service, 'ann']);
      expect(removed.map(seen)).toEqual(Array(2).fill({ code, stdout: '' }));
    }
    expect((await both(['get', service, 'ann'])).map(seen)).toEqual(Array(2).fill({ code: 1, stdout: '' }));
  });

  it('HP01 alone refuses a password that holds a line end: callers would read two answers', async () => {
    expect((await real(['set', service, 'eve'], 'two\n\n')).code).toBe(0);
    const own = await ours(['set', service, 'eve'], 'two\n\n');
    expect([own.code, own.stdout]).toEqual([1, '']);
    expect(own.stderr).toContain('control character');
  });
});

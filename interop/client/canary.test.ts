import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, partPath, type RunningProcess, run, startProcess } from '@pkgauth/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtClient } from '../support/client.ts';
import { approveDevice, FormBrowser } from '../support/forms.ts';
import { emptyHome, type Home } from '../support/home.ts';
import { type Service, startService } from '../support/service.ts';

type Call = { argv: string[]; stdout: string; stderr: string; code: number | null; executed: string };

/** A secret as it is, in base64 at each alignment, percent-encoded and in hex. */
const spellings = (secret: string): string[] => {
  const bases = [0, 1, 2].map((skip) => Buffer.from(secret.slice(skip)).toString('base64').slice(4, -4));
  return [secret, ...bases, encodeURIComponent(secret), Buffer.from(secret).toString('hex')];
};
const holds = (text: string, secret: string): boolean =>
  spellings(secret).some((spelling) => text.includes(spelling));

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());

describeWith(['strace'], 'N10 CS29 a canary secret in every command', () => {
  let service: Service;
  let browser: FormBrowser;
  const homes: Home[] = [];
  beforeAll(async () => {
    service = await startService();
    browser = new FormBrowser(service.url);
    await browser.signIn(service.owner);
  });
  afterAll(async () => {
    for (const home of homes) home[Symbol.dispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const scene = () => {
    const home = emptyHome();
    homes.push(home);
    const trace = join(home.path, 'trace');
    const calls: Call[] = [];
    const call = async (
      argv: string[],
      input = '',
      meanwhile: (running: RunningProcess) => Promise<unknown> = async () => undefined,
    ): Promise<Call> => {
      const traced = ['-f', '-qq', '-e', 'trace=execve', '-s', '65536', '-o', trace];
      await using running = await startProcess(
        partPath('strace'),
        [...traced, process.execPath, builtClient(), ...argv],
        { env: home.env, cwd: home.path, input },
      );
      await meanwhile(running);
      const { stdout, stderr, code } = await running.ended;
      const made = { argv, stdout, stderr, code, executed: readFileSync(trace, 'utf8') };
      calls.push(made);
      return made;
    };
    return { home, calls, call };
  };

  /** Every command that a login is used by, and what goes wrong with some of them. */
  const everyCommand = (index: string): [argv: string[], input?: string][] => [
    [['-v', 'list']],
    [['-v', 'list', '--json']],
    [['-v', 'status']],
    [['-v', 'status', '--json']],
    [['-v', 'whoami', service.url]],
    [['-v', 'whoami', service.url, '--json']],
    [['-v', 'api-key', 'list', '--json']],
    [['-v', 'api-key', 'create', '--organization', 'no-such-organization']],
    [['-v', 'api-key', 'revoke', 'no-such-key']],
    [['-v', 'setup', 'keyring', '--dir', 'bin', '--json']],
    [['-v', 'setup', 'pip', '--index', index, '--yes', '--json']],
    [['-v', 'setup', 'uv', '--index', index, '--yes', '--json']],
    [['helper', 'keyring', 'get', 'https://elsewhere.example.com/', '__token__']],
    [['helper', 'keyring', 'get', index, 'somebody-else']],
    [['helper', 'keyring', 'diagnose']],
    [['helper', 'bazel', 'get'], '{"uri":"https://elsewhere.example.com/"}'],
    [['-v', 'whoami', service.url, '--store', 'netrc']],
    [['-v', 'login', service.url, '--token-stdin'], 'not.a.token'],
  ];

  const expectNowhere = (calls: readonly Call[], secrets: readonly string[]): void => {
    for (const { argv, stdout, stderr, executed } of calls) {
      for (const secret of secrets) {
        expect(holds(stdout, secret), `stdout of ${argv.join(' ')}`).toBe(false);
        expect(holds(stderr, secret), `stderr of ${argv.join(' ')}`).toBe(false);
        expect(holds(executed, secret), `argv or environment of a process of ${argv.join(' ')}`).toBe(false);
      }
    }
  };

  it('an API key: only in its store, and where it was asked for', async () => {
    const { home, calls, call } = scene();
    const key = await service.apiKey();
    const index = `${service.url}/simple/acme/main/`;
    expect((await call(['-v', 'login', service.url, '--token-stdin'], key)).code).toBe(0);
    for (const [argv, input] of everyCommand(index)) await call(argv, input);
    const token = (
      await run(process.execPath, [builtClient(), 'token', service.url], { env: home.env })
    ).stdout.trim();
    const answer = await run(
      process.execPath,
      [builtClient(), 'helper', 'keyring', 'get', index, '__token__'],
      { env: home.env },
    );
    expect(answer.stdout).toBe(`${token}\n`);
    expectNowhere(calls, [key, token]);
    const holders = filesBelow(home.path).filter((path) => holds(readFileSync(path, 'latin1'), key));
    expect(holders).toEqual([join(home.path, '.local/share/pkgauth/credentials.json')]);
    for (const path of filesBelow(join(home.path, '.local')))
      expect(statSync(path).mode & 0o077, path).toBe(0);
    await call(['-v', 'logout', service.url]);
    expectNowhere(calls, [key, token]);
    expect(filesBelow(home.path).filter((path) => holds(readFileSync(path, 'latin1'), key))).toEqual([]);
  });

  it('the tokens of a login: only in its store, and gone after logout', async () => {
    const { home, calls, call } = scene();
    const login = await call(['-v', 'login', service.url, '--device'], '', async (running) => {
      const [, code = ''] = await running.waitFor(/\n {2}([A-Z]{4}-[A-Z]{4})\n/);
      await approveDevice(browser, code);
    });
    expect(login.code, login.stderr).toBe(0);
    const file = join(home.path, '.local/share/pkgauth/credentials.json');
    const secrets = [...readFileSync(file, 'utf8').matchAll(/"(?:access|refresh)_token": *"([^"]+)"/g)].map(
      ([, secret]) => secret ?? '',
    );
    expect(secrets).toHaveLength(2);
    const index = `${service.url}/simple/acme/main/`;
    for (const [argv, input] of everyCommand(index)) await call(argv, input);
    expectNowhere(calls, secrets);
    for (const secret of secrets) {
      const holders = filesBelow(home.path).filter((path) => holds(readFileSync(path, 'latin1'), secret));
      expect(holders).toEqual([file]);
    }
    await call(['-v', 'logout', service.url]);
    expectNowhere(calls, secrets);
    for (const path of filesBelow(home.path)) {
      for (const secret of secrets) expect(holds(readFileSync(path, 'latin1'), secret), path).toBe(false);
    }
  });

  it('a password: only in its store, and where it was asked for', async () => {
    const { home, calls, call } = scene();
    const password = `canary-${randomUUID()}`;
    const url = 'https://index.example.com/simple/';
    const login = ['-v', 'login', url, '--username', 'ada', '--password-stdin', '--no-verify'];
    expect((await call(login, password)).code).toBe(0);
    for (const argv of [
      ['-v', 'status'],
      ['list', '--json'],
      ['-v', 'token', url],
      ['-v', 'whoami', url],
    ])
      await call(argv);
    await call(['-v', 'setup', 'pip', '--index', url, '--yes']);
    expectNowhere(calls, [password]);
    const asked = ['helper', 'keyring', 'get', url, 'ada'];
    expect((await run(process.execPath, [builtClient(), ...asked], { env: home.env })).stdout).toBe(
      `${password}\n`,
    );
    expect(
      filesBelow(home.path).filter((path) => holds(readFileSync(path, 'latin1'), password)),
    ).toHaveLength(1);
    await call(['-v', 'logout', url]);
    expect(filesBelow(home.path).filter((path) => holds(readFileSync(path, 'latin1'), password))).toEqual([]);
  });

  it('CS28 one that was typed where it does not belong is not repeated', async () => {
    const { calls, call } = scene();
    const key = await service.apiKey();
    for (const argv of [
      ['login', service.url, `--tokn=${key}`],
      ['login', service.url, `--json=${key}`],
      ['login', service.url, '--token-stdin', key],
      ['login', `https://ada:${key}@index.example.com/simple/`, '--token-stdin', '--browser'],
      ['setup', 'pip', '--index', `https://${key}@index.example.com/`, '--yes'],
      [key],
      ['api-key', 'revoke', key],
      ['helper', 'keyring', 'get', `https://${key}@index.example.com/`, '__token__'],
    ]) {
      expect((await call(argv)).code).not.toBe(0);
    }
    for (const { argv, stdout, stderr } of calls)
      expect(holds(stdout + stderr, key), argv.join(' ')).toBe(false);
  });
});

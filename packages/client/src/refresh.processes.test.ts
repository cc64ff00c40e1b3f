import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, type SessionCredential } from '@pkgauth/protocol';
import {
  describeWith,
  type Environment,
  type Program,
  type RotatingService,
  rotatingService,
  run,
  runWithFault,
  settingsOfHome,
  systemCallsOf,
  temporaryDirectory,
} from '@pkgauth/testkit';
import { describe, expect, it } from 'vitest';
import { createContext } from './context/node-context.ts';
import type { Context } from './context.ts';
import { accessToken, resolveCredential } from './session.ts';
import { openChain } from './stores/index.ts';

const program = new URL('../../testkit/src/programs/resolve.ts', import.meta.url).pathname;
const stores = ['pkgauth-file', 'pyx-tokens'] as const;
type Store = (typeof stores)[number];

const environmentOf = (home: string, store: Store): Environment => ({
  ...settingsOfHome(home),
  PKGAUTH_STORE: store,
  PATH: process.env.PATH ?? '',
});
const contextOf = (home: string, store: Store): Context =>
  createContext({ settings: environmentOf(home, store) });
const resolving = (home: string, store: Store, url: string): Program => ({
  command: process.execPath,
  args: ['--conditions=@pkgauth/source', program, url],
  env: environmentOf(home, store),
});

/** A login whose access token has ended. */
const logIn = async (home: string, store: Store, service: RotatingService): Promise<void> => {
  const tokens = service.login();
  const session: SessionCredential = {
    kind: 'session',
    accessToken: new Secret(tokens.access_token),
    refreshToken: new Secret(tokens.refresh_token),
    receivedAt: Date.now() - 3_600_000,
    expiresAt: Date.now() - 1000,
  };
  await (await openChain(contextOf(home, store))).save(service.url, session);
};

const tokenOf = async (home: string, store: Store, url: string): Promise<string> => {
  const credential = (await resolveCredential(contextOf(home, store), url))?.credential;
  return credential?.kind === 'bearer' ? credential.token.reveal() : '';
};

describe.each(stores)('a session in %s', (store) => {
  it('LF22 N02 forty processes find it ended: one refresh, forty answers', async () => {
    using home = temporaryDirectory();
    await using service = await rotatingService({ delay: 200 });
    await logIn(home.path, store, service);
    const { command, args, env } = resolving(home.path, store, `${service.url}simple/`);
    const results = await Promise.all(
      Array.from({ length: 40 }, () => run(command, args, { env, timeout: 110_000 })),
    );
    expect(
      results.map(({ code, stderr }) => `${code} ${stderr.replaceAll(/pkgauth: waiting .*\n/g, '')}`),
    ).toEqual(Array(40).fill('0 '));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(service.accepts(results[0]?.stdout.trim() ?? '')).toBe(true);
    expect(service.presented).toHaveLength(1);
  }, 120_000);

  it('N04 an answer cut at any byte costs no login', async () => {
    using home = temporaryDirectory();
    await using service = await rotatingService();
    const cuts = [0, 1, 12, 16, 17, 30, 38, 39, 40, 41, 60, 120, 200, 220];
    for (const bytes of cuts) {
      await logIn(home.path, store, service);
      service.cutNextAnswerAfter(bytes);
      const token = await tokenOf(home.path, store, service.url);
      expect(service.accepts(token), `cut after ${bytes}`).toBe(true);
    }
    expect(service.presented.length).toBe(cuts.length * 2);
  }, 60_000);

  it('CS21 after a logout no store has a token, whoever refreshes meanwhile', async () => {
    for (let round = 0; round < 20; round += 1) {
      using home = temporaryDirectory();
      await using service = await rotatingService({ delay: 10 });
      await logIn(home.path, store, service);
      const refreshing = Array.from({ length: 4 }, () =>
        tokenOf(home.path, store, service.url).catch(() => 'refused'),
      );
      await new Promise((resolve) => setTimeout(resolve, round));
      const { removed, failures } = await (await openChain(contextOf(home.path, store))).remove(service.url);
      expect([removed, failures]).toEqual([[store], []]);
      const textsAfterLogout = () => filesBelow(home.path).map((path) => readFileSync(path, 'utf8'));
      expect(textsAfterLogout().join()).not.toMatch(/refresh-\d/);
      await Promise.all(refreshing);
      expect(textsAfterLogout().join()).not.toMatch(/refresh-\d/);
    }
  }, 60_000);
});

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());

describeWith(['strace'], 'a refresh that is killed', () => {
  it('LF21 at any system call leaves a login that the next process can use', async () => {
    using prepared = temporaryDirectory();
    await using service = await rotatingService();
    const store = 'pkgauth-file';
    let struck = 0;
    const each = async (work: (home: string) => Promise<void>): Promise<void> => {
      using copy = temporaryDirectory();
      const home = join(copy.path, 'home');
      await logIn(prepared.path, store, service);
      cpSync(prepared.path, home, { recursive: true });
      await work(home);
    };
    await each(async (place) => {
      const { result, calls } = await systemCallsOf(resolving(place, store, service.url), place);
      expect(result.stdout).toMatch(/^ey/);
      for (const at of calls) {
        await each(async (home) => {
          const { hit } = await runWithFault(resolving(home, store, service.url), home, {
            at,
            does: 'SIGKILL',
          });
          if (!hit) return;
          struck += 1;
          expect(service.accepts(await tokenOf(home, store, service.url)), `${at.name} ${at.ordinal}`).toBe(
            true,
          );
        });
      }
      expect(struck).toBeGreaterThanOrEqual(Math.floor(calls.length * 0.8));
    });
  }, 180_000);
});

describe('a forced refresh', () => {
  it('LF23 of many processes at once is one', async () => {
    using home = temporaryDirectory();
    await using service = await rotatingService({ delay: 50 });
    await logIn(home.path, 'pkgauth-file', service);
    const forced = Array.from({ length: 20 }, () =>
      accessToken(contextOf(home.path, 'pkgauth-file'), service.url, { force: true }),
    );
    await Promise.all(forced);
    expect(service.presented).toHaveLength(1);
  });
});

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createDatabase, describeWith, temporaryDirectory } from '@pkgauth/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestCore, request, system, type TestCore } from './core.fixture.ts';
import type { IssuedTokens, PyxPoll, SignedInBrowser } from './services.ts';

/** Two nodes on one database: what must have one winner has one, whoever asks whom. */
function races(open: () => Promise<{ url: string } & AsyncDisposable>): void {
  let database: { url: string } & AsyncDisposable;
  let nodes: [TestCore, TestCore];
  beforeAll(async () => {
    database = await open();
    const one = await openTestCore({ url: database.url });
    nodes = [one, await openTestCore({ url: database.url, clock: one.clock })];
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    await database[Symbol.asyncDispose]();
  });

  const nodeFor = (turn: number): TestCore => nodes[turn % 2 === 0 ? 0 : 1];
  const login = (): Promise<IssuedTokens> =>
    nodes[0].core.sessions.open({
      userId: nodes[0].owner.id,
      clientId: 'pkgauth',
      door: 'oauth',
      scope: 'openid',
      request: request(),
    });
  const refresh = (node: TestCore, token: string): Promise<IssuedTokens> =>
    node.core.refresh.exchange({ token, clientId: null, scope: undefined, request: request() });

  it('OA11 50 refreshes of one token at two nodes: the same pair for all, family alive', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { refreshToken } = await login();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => refresh(nodeFor(turn), refreshToken)),
      );
      expect(new Set(answers.map((answer) => `${answer.refreshToken} ${answer.accessToken}`)).size).toBe(1);
      await refresh(nodes[1], answers[0]?.refreshToken ?? '');
    }
  });

  it('OA15 revoke at one node racing refresh at the other: nothing works after the answer', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { refreshToken, sessionId } = await login();
      const racing = Array.from({ length: 4 }, (_, turn) => refresh(nodeFor(turn), refreshToken));
      const outcomes = Promise.allSettled(racing);
      await nodes[0].core.sessions.revoke(sessionId, nodes[0].owner.id, 'race', system);
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({ code: 'invalid-grant' });
          continue;
        }
        const { accessToken, refreshToken: next } = outcome.value;
        await expect(refresh(nodes[1], next)).rejects.toMatchObject({ code: 'invalid-grant' });
        await nodes[1].core.epoch.refresh();
        for (const node of nodes)
          expect((await node.core.verifier.verify(`Bearer ${accessToken}`)).ok).toBe(false);
      }
    }
  });

  it('OA24 one collection of an approved login, polled at two nodes', async () => {
    const { browserSessions, pyxLogins } = nodes[0].core;
    const { secret } = await browserSessions.open(nodes[0].owner.id, undefined, request());
    const browser = (await browserSessions.find(secret)) as SignedInBrowser;
    for (let round = 0; round < 5; round += 1) {
      const uuid = randomUUID();
      const poll = (node: TestCore): Promise<PyxPoll> =>
        node.core.pyxLogins.poll(uuid, request(), AbortSignal.abort());
      await poll(nodes[1]);
      await pyxLogins.show(uuid, browser, request());
      expect(await pyxLogins.approve(uuid, browser, request())).toBe(true);
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, turn) => poll(nodeFor(turn))));
      expect(outcomes.filter((outcome) => outcome.kind === 'approved')).toHaveLength(1);
    }
  });

  it('OA14 a rotated token stays rotated, and a revoked one revoked, for a process that starts later', async () => {
    const first = await login();
    const second = await refresh(nodes[0], first.refreshToken);
    const ended = await login();
    await nodes[0].core.sessions.revoke(ended.sessionId, nodes[0].owner.id, 'test', system);
    const later = await openTestCore({ url: database.url, clock: nodes[0].clock });
    expect((await refresh(later, first.refreshToken)).refreshToken).toBe(second.refreshToken);
    await expect(refresh(later, ended.refreshToken)).rejects.toMatchObject({ code: 'invalid-grant' });
    expect((await later.core.verifier.verify(`Bearer ${ended.accessToken}`)).ok).toBe(false);
    expect((await later.core.verifier.verify(`Bearer ${second.accessToken}`)).ok).toBe(true);
    await later.close();
  });
}

describe('two nodes on one SQLite file', () => {
  races(async () => {
    const directory = temporaryDirectory();
    return {
      url: `sqlite://${join(directory.path, 'database.sqlite')}`,
      [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
    };
  });
});

describeWith(['postgres'], 'two nodes on PostgreSQL', () => {
  races(createDatabase);
});

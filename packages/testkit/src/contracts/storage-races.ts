import type { Storage } from '@pkgauth/server/storage';
import { expect, it } from 'vitest';
import { atOnce, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  auditEvent,
  day,
  fresh,
  freshHash,
  hostedFile,
  individualToken,
  oidcArtifact,
  oneTimeLink,
  pyxLogin,
  refreshToken,
  registry,
  start,
  storedMember,
  storedOrganization,
  storedSession,
  storedUser,
  user,
  view,
} from './storage-samples.ts';

/** How often each race is run; raise it for a long search. */
const rounds = Number(process.env.PKGAUTH_RACE_ROUNDS ?? 2);
const racers = 50;

/** N06: 50 callers at once, on two handles where the database can have two: exactly one winner, no error. */
export function raceContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  const race = <T>(call: (storage: Storage, index: number) => Promise<T>) =>
    atOnce(test.database, racers, call);
  sessionRaces(test, race);
  organizationRaces(test, race);
  singleUseRaces(test, race);
}

type Test = ReturnType<typeof useStorage>;
type Race = <T>(call: (storage: Storage, index: number) => Promise<T>) => Promise<T[]>;

const count = (results: unknown[], value: unknown) => results.filter((result) => result === value).length;

/** A test of `rounds` rounds; a round on a busy machine may take seconds. */
function itEachRound(name: string, round: () => Promise<void>): void {
  it(name, { timeout: 20_000 + rounds * 2_000 }, async () => {
    for (let done = 0; done < rounds; done++) await round();
  });
}

function sessionRaces(test: Test, race: Race): void {
  const times = { lastUsedAt: start + 1, idleExpiresAt: start + day };

  itEachRound('OA11 a refresh token rotated 50 times at once: exactly one success', async () => {
    const { session, first } = await storedSession(test.storage);
    const successors = Array.from({ length: racers }, () => refreshToken(session.id, { generation: 2 }));
    const results = await race((storage, index) =>
      storage.loginSessions.rotate(first.hash, successors[index] ?? first, `sealed ${index}`, times),
    );
    expect(count(results, 'rotated')).toBe(1);
    expect(count(results, 'lost')).toBe(racers - 1);
    const winner = results.indexOf('rotated');
    expect(await test.storage.loginSessions.findToken(first.hash)).toMatchObject({
      successorHash: successors[winner]?.hash,
      sealedSuccessor: `sealed ${winner}`,
    });
    const stored = await Promise.all(
      successors.map(({ hash }) => test.storage.loginSessions.findToken(hash)),
    );
    expect(stored.filter(Boolean)).toEqual([successors[winner]]);
  });

  itEachRound(
    'OA11 the same inside transactions that write to the audit log: exactly one success',
    async () => {
      const { session, first } = await storedSession(test.storage);
      const results = await race((storage) =>
        storage.transaction(async (inner) => {
          const result = await inner.loginSessions.rotate(
            first.hash,
            refreshToken(session.id),
            'sealed',
            times,
          );
          await inner.audit.append(auditEvent({ action: 'session.refresh', detail: { result } }));
          return result;
        }),
      );
      expect(count(results, 'rotated')).toBe(1);
      expect(count(results, 'lost')).toBe(racers - 1);
      expect(await test.storage.audit.verify()).toBeUndefined();
    },
  );

  itEachRound('OA15 once a revocation was acknowledged no rotation succeeds', async () => {
    const { session, first } = await storedSession(test.storage);
    let acknowledged = false;
    let current = first;
    const outcomes = await race(async (storage, index) => {
      if (index === racers - 1) {
        await storage.loginSessions.revoke(session.id, start, 'logout');
        acknowledged = true;
        return 'ended';
      }
      const tooLate = acknowledged;
      const successor = refreshToken(session.id);
      const result = await storage.loginSessions.rotate(current.hash, successor, 'sealed', times);
      if (result === 'rotated') current = successor;
      return tooLate && result === 'rotated' ? 'anomaly' : result;
    });
    expect(outcomes).not.toContain('anomaly');
    for (const token of [first, current]) {
      const after = refreshToken(session.id);
      expect(await test.storage.loginSessions.rotate(token.hash, after, 'sealed', times)).toBe('revoked');
    }
  });

  itEachRound('a session revoked 50 times at once is ended by one of them', async () => {
    const { session } = await storedSession(test.storage);
    const results = await race((storage, index) =>
      storage.loginSessions.revoke(session.id, start, `reason ${index}`),
    );
    expect(count(results, true)).toBe(1);
    expect(await test.storage.loginSessions.get(session.id)).toMatchObject({
      revokedReason: `reason ${results.indexOf(true)}`,
    });
  });
}

function organizationRaces(test: Test, race: Race): void {
  itEachRound('AK16 the last seats taken by 50 at once: the limit is never exceeded', async () => {
    const { org } = await storedOrganization(test.storage);
    const members = await Promise.all(Array.from({ length: racers }, () => storedMember(test.storage, org)));
    const limit = 7;
    const results = await race((storage, index) =>
      storage.organizations.seats.assign(
        { orgId: org.id, userId: members[index]?.id ?? '', assignedAt: start },
        limit,
      ),
    );
    expect(count(results, 'assigned')).toBe(limit);
    expect(count(results, 'full')).toBe(racers - limit);
    expect(await test.storage.organizations.seats.list(org.id)).toHaveLength(limit);
  });

  itEachRound('AK16 the same, half of them inside transactions', async () => {
    const { org } = await storedOrganization(test.storage);
    const members = await Promise.all(Array.from({ length: 20 }, () => storedMember(test.storage, org)));
    const results = await atOnce(test.database, 20, (storage, index) => {
      const seat = { orgId: org.id, userId: members[index]?.id ?? '', assignedAt: start };
      const assign = (inner: Storage) => inner.organizations.seats.assign(seat, 5);
      return index % 4 < 2 ? storage.transaction(assign) : assign(storage);
    });
    expect(count(results, 'assigned')).toBe(5);
  });

  itEachRound('AD07 two owners remove, or demote, each other at once: one of them stays owner', async () => {
    const { members } = test.storage.organizations;
    for (const act of ['remove', 'demote'] as const) {
      const { org, owner } = await storedOrganization(test.storage);
      const second = await storedMember(test.storage, org, 'owner');
      const results = await atOnce(test.database, 2, (storage, index) => {
        const userId = index === 0 ? owner.id : second.id;
        return act === 'remove'
          ? storage.organizations.members.remove(org.id, userId)
          : storage.organizations.members.put({ orgId: org.id, userId, role: 'member', createdAt: start });
      });
      expect(count(results, 'last-owner')).toBe(1);
      expect((await members.list(org.id)).filter((member) => member.role === 'owner')).toHaveLength(1);
    }
  });

  itEachRound(
    'AK13 an individual token reissued 50 times at once: one is valid, the others have ended',
    async () => {
      const { org, owner } = await storedOrganization(test.storage);
      const tokens = Array.from({ length: racers }, () => individualToken(org.id, owner.id));
      await race((storage, index) =>
        storage.organizationTokens.reissueIndividual(tokens[index] ?? individualToken(org.id, owner.id)),
      );
      const stored = await Promise.all(
        tokens.map(({ secretHash }) => test.storage.organizationTokens.findIndividual(secretHash)),
      );
      expect(stored.filter((token) => token?.revokedAt === null)).toHaveLength(1);
      expect(stored.filter((token) => token?.revokedAt === start)).toHaveLength(racers - 1);
    },
  );

  itEachRound('one name taken by 50 registries and views at once goes to one of them', async () => {
    const { org } = await storedOrganization(test.storage);
    const results = await race((storage, index) => {
      const insertion =
        index % 3 === 0
          ? storage.registries.insertView(view(org.id, { name: 'main' }))
          : storage.registries.insert(registry(org.id, { name: 'main' }));
      return insertion.then(
        () => 'stored',
        (error: { code?: string }) => error.code,
      );
    });
    expect(count(results, 'stored')).toBe(1);
    expect(count(results, 'conflict')).toBe(racers - 1);
  });
}

function singleUseRaces(test: Test, race: Race): void {
  itEachRound('OA24 a login collected 50 times at once is handed out once', async () => {
    const owner = await storedUser(test.storage);
    const { idHash } = await test.storage.pyxLogins.open(pyxLogin());
    const claims = await race((storage, index) => storage.pyxLogins.claim(idHash, `bse_${index}`));
    expect(count(claims, true)).toBe(1);
    const claimer = `bse_${claims.indexOf(true)}`;
    const settled = await race((storage) =>
      storage.pyxLogins.settle(idHash, claimer, { state: 'approved', userId: owner.id }),
    );
    expect(count(settled, true)).toBe(1);
    const collected = await race((storage) => storage.pyxLogins.collect(idHash));
    expect(collected.filter(Boolean)).toEqual([{ userId: owner.id }]);
  });

  itEachRound('a login opened 50 times at once is one login', async () => {
    const idHash = freshHash();
    const opened = await race((storage, index) =>
      storage.pyxLogins.open(pyxLogin({ idHash, ip: `${index}` })),
    );
    expect(new Set(opened.map((login) => login.ip)).size).toBe(1);
  });

  itEachRound('OA04 a code consumed 50 times at once is consumed once', async () => {
    const artifact = oidcArtifact({ model: 'AuthorizationCode' });
    await test.storage.oidcArtifacts.put(artifact);
    const results = await race((storage, index) =>
      storage.oidcArtifacts.consume(artifact.model, artifact.id, start + index),
    );
    expect(count(results, true)).toBe(1);
  });

  itEachRound('a one-time link used 50 times at once works once', async () => {
    const link = oneTimeLink((await storedUser(test.storage)).id);
    await test.storage.oneTimeLinks.insert(link);
    const results = await race((storage, index) => storage.oneTimeLinks.use(link.secretHash, start + index));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  itEachRound('an identity token claimed 50 times at once is claimed once', async () => {
    const [issuer, jti] = [fresh('iss'), fresh('jti')];
    const results = await race((storage) => storage.trustedAccess.claimReplayKey(issuer, jti, start));
    expect(count(results, true)).toBe(1);
  });

  itEachRound('a file name uploaded 50 times at once is stored once, and never replaced', async () => {
    const { org } = await storedOrganization(test.storage);
    const shelf = registry(org.id);
    await test.storage.registries.insert(shelf);
    const files = Array.from({ length: racers }, () =>
      hostedFile(shelf.id, { filename: 'widget-1.0.tar.gz' }),
    );
    const results = await race((storage, index) =>
      storage.hostedFiles.insert(files[index] ?? hostedFile(shelf.id)).then(
        () => 'stored',
        (error: { code?: string }) => error.code,
      ),
    );
    expect(count(results, 'stored')).toBe(1);
    expect(count(results, 'conflict')).toBe(racers - 1);
    expect(await test.storage.hostedFiles.get(shelf.id, 'widget-1.0.tar.gz')).toEqual(
      files[results.indexOf('stored')],
    );
  });

  itEachRound('50 users who want one e-mail address at once: one gets it', async () => {
    const email = `${fresh('race')}@example.com`;
    const results = await race((storage) =>
      storage.users.insert(user({ email })).then(
        () => 'stored',
        (error: { code?: string }) => error.code,
      ),
    );
    expect(count(results, 'stored')).toBe(1);
    expect(count(results, 'conflict')).toBe(racers - 1);
  });

  itEachRound('the epoch moves once for each of 50 changes at once', async () => {
    const before = await test.storage.revocations.epoch();
    await race((storage, index) =>
      index % 2 === 0
        ? storage.revocations.bump()
        : storage.revocations.add([
            { subject: 'user:usr_1', notBefore: start + index, expiresAt: start + day },
          ]),
    );
    expect(await test.storage.revocations.epoch()).toBe(before + racers);
    expect(await test.storage.revocations.list(start)).toContainEqual({
      subject: 'user:usr_1',
      notBefore: start + racers - 1,
      expiresAt: start + day,
    });
  });
}

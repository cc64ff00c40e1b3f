import { expect, it } from 'vitest';
import { expectStorageError, type OpenStorageUnderTest, useStorage } from './storage-fixture.ts';
import {
  fresh,
  organization,
  start,
  storedMember,
  storedOrganization,
  storedUser,
  user,
} from './storage-samples.ts';

export function peopleContract(open: OpenStorageUnderTest): void {
  const test = useStorage(open);
  users(test);
  organizations(test);
  members(test);
  seats(test);
}

type Test = ReturnType<typeof useStorage>;

function users(test: Test): void {
  it('keeps a user, found by id and by e-mail address', async () => {
    const { users } = test.storage;
    const stored = user({ name: '', passwordHash: null, disabledAt: start });
    await users.insert(stored);
    expect(await users.get(stored.id)).toEqual(stored);
    expect(await users.findByEmail(stored.email)).toEqual(stored);
    expect(await users.list()).toContainEqual(stored);
    expect(await users.get(fresh('usr'))).toBeUndefined();
    expect(await users.findByEmail('nobody@example.com')).toBeUndefined();
  });

  it('refuses a second user of the same id or e-mail address and keeps the first', async () => {
    const first = await storedUser(test.storage);
    await expectStorageError(test.storage.users.insert(user({ id: first.id })), 'conflict');
    await expectStorageError(test.storage.users.insert(user({ email: first.email })), 'conflict');
    expect(await test.storage.users.findByEmail(first.email)).toEqual(first);
  });

  it('lists users in order of creation', async () => {
    const later = await storedUser(test.storage, { createdAt: start + 2 });
    const earlier = await storedUser(test.storage, { createdAt: start + 1 });
    const order = (await test.storage.users.list()).map((listed) => listed.id);
    expect(order.indexOf(earlier.id)).toBeLessThan(order.indexOf(later.id));
  });

  it('changes what is given and nothing else; refuses a user that is not there', async () => {
    const { users } = test.storage;
    const stored = await storedUser(test.storage);
    await users.update(stored.id, { disabledAt: start + 5 });
    expect(await users.get(stored.id)).toEqual({ ...stored, disabledAt: start + 5 });
    await users.update(stored.id, { disabledAt: null, name: 'New', passwordHash: null });
    expect(await users.get(stored.id)).toEqual({ ...stored, name: 'New', passwordHash: null });
    await users.update(stored.id, {});
    await expectStorageError(users.update(fresh('usr'), { name: 'x' }), 'not-found');
    await expectStorageError(users.update(fresh('usr'), {}), 'not-found');
  });

  it('finds a user by the identity, once linked, and by no other', async () => {
    const { users } = test.storage;
    const stored = await storedUser(test.storage);
    const subject = fresh('sub');
    const identity = {
      provider: 'github',
      subject,
      userId: stored.id,
      email: null,
      createdAt: start,
      lastUsedAt: null,
    };
    await users.linkIdentity(identity);
    expect(await users.findByIdentity('github', subject)).toEqual(stored);
    expect(await users.findByIdentity('google', subject)).toBeUndefined();
    await expectStorageError(
      users.linkIdentity({ ...identity, userId: (await storedUser(test.storage)).id }),
      'conflict',
    );
    expect(await users.findByIdentity('github', subject)).toEqual(stored);
    await expectStorageError(
      users.linkIdentity({ ...identity, subject: 'x', userId: fresh('usr') }),
      'not-found',
    );
  });
}

function organizations(test: Test): void {
  it('keeps an organization, found by id and by slug', async () => {
    const { organizations } = test.storage;
    const stored = organization();
    await organizations.insert(stored);
    expect(await organizations.get(stored.id)).toEqual(stored);
    expect(await organizations.findBySlug(stored.slug)).toEqual(stored);
    expect(await organizations.list()).toContainEqual(stored);
    expect(await organizations.findBySlug('nowhere')).toBeUndefined();
    await expectStorageError(organizations.insert(organization({ slug: stored.slug })), 'conflict');
    await expectStorageError(organizations.insert(organization({ id: stored.id })), 'conflict');
    await organizations.update(stored.id, { title: 'Other', suspendedAt: start });
    expect(await organizations.get(stored.id)).toEqual({ ...stored, title: 'Other', suspendedAt: start });
    await organizations.update(stored.id, {});
    await expectStorageError(organizations.update(fresh('org'), { title: 'x' }), 'not-found');
    await expectStorageError(organizations.update(fresh('org'), {}), 'not-found');
  });

  it('keeps the terms of one subscription for each organization', async () => {
    const { org } = await storedOrganization(test.storage);
    const { subscriptions } = test.storage.organizations;
    expect(await subscriptions.get(org.id)).toBeUndefined();
    const terms = {
      orgId: org.id,
      plan: 'team',
      seats: 3,
      startsAt: start,
      endsAt: start + 9,
      cancelledAt: null,
    };
    await subscriptions.put(terms);
    await subscriptions.put({ ...terms, seats: 5, cancelledAt: start + 4 });
    expect(await subscriptions.get(org.id)).toEqual({ ...terms, seats: 5, cancelledAt: start + 4 });
    await expectStorageError(subscriptions.put({ ...terms, orgId: fresh('org') }), 'not-found');
  });
}

function members(test: Test): void {
  it('keeps members with their roles, of both sides', async () => {
    const { members } = test.storage.organizations;
    const { org, owner } = await storedOrganization(test.storage);
    const ada = await storedUser(test.storage);
    const member = { orgId: org.id, userId: ada.id, role: 'member', createdAt: start + 1 } as const;
    expect(await members.put(member)).toBe('stored');
    expect(await members.get(org.id, ada.id)).toEqual(member);
    expect(await members.put({ ...member, role: 'admin', createdAt: start + 99 })).toBe('stored');
    expect(await members.list(org.id)).toEqual([
      { orgId: org.id, userId: owner.id, role: 'owner', createdAt: start, user: owner },
      { ...member, role: 'admin', user: ada },
    ]);
    expect(await members.listOfUser(ada.id)).toEqual([{ organization: org, role: 'admin' }]);
    expect(await members.get(org.id, fresh('usr'))).toBeUndefined();
    expect(await members.list(fresh('org'))).toEqual([]);
  });

  it('refuses a member of an organization, or who is a user, that is not there', async () => {
    const { members } = test.storage.organizations;
    const { org, owner } = await storedOrganization(test.storage);
    const member = { role: 'member', createdAt: start } as const;
    await expectStorageError(members.put({ ...member, orgId: fresh('org'), userId: owner.id }), 'not-found');
    await expectStorageError(members.put({ ...member, orgId: org.id, userId: fresh('usr') }), 'not-found');
  });

  it('AD07 the last owner is neither removed nor demoted, until there is another one', async () => {
    const { members } = test.storage.organizations;
    const { org, owner } = await storedOrganization(test.storage);
    const demoted = { orgId: org.id, userId: owner.id, role: 'admin', createdAt: start } as const;
    expect(await members.remove(org.id, owner.id)).toBe('last-owner');
    expect(await members.put(demoted)).toBe('last-owner');
    expect(await members.get(org.id, owner.id)).toMatchObject({ role: 'owner' });
    const second = await storedMember(test.storage, org, 'owner');
    expect(await members.put(demoted)).toBe('stored');
    expect(await members.remove(org.id, second.id)).toBe('last-owner');
    expect(await members.remove(org.id, owner.id)).toBe('removed');
    expect(await members.remove(org.id, owner.id)).toBe('missing');
    expect(await members.remove(fresh('org'), owner.id)).toBe('missing');
  });

  it('AD05 removing a member takes the seat along, and nobody else’s', async () => {
    const { members, seats } = test.storage.organizations;
    const { org, owner } = await storedOrganization(test.storage);
    const ada = await storedMember(test.storage, org);
    await seats.assign({ orgId: org.id, userId: ada.id, assignedAt: start }, 9);
    await seats.assign({ orgId: org.id, userId: owner.id, assignedAt: start }, 9);
    expect(await members.remove(org.id, ada.id)).toBe('removed');
    expect(await seats.list(org.id)).toEqual([{ orgId: org.id, userId: owner.id, assignedAt: start }]);
    expect(await members.listOfUser(ada.id)).toEqual([]);
  });
}

function seats(test: Test): void {
  it('AK16 gives no more seats than there are', async () => {
    const { seats } = test.storage.organizations;
    const { org } = await storedOrganization(test.storage);
    const [a, b] = [await storedMember(test.storage, org), await storedMember(test.storage, org)];
    const seat = (userId: string) => ({ orgId: org.id, userId, assignedAt: start });
    expect(await seats.assign(seat(a.id), 1)).toBe('assigned');
    expect(await seats.assign(seat(a.id), 1)).toBe('assigned');
    expect(await seats.assign(seat(b.id), 1)).toBe('full');
    expect(await seats.release(org.id, b.id)).toBe(false);
    expect(await seats.release(org.id, a.id)).toBe(true);
    expect(await seats.assign(seat(b.id), 1)).toBe('assigned');
    expect(await seats.list(org.id)).toEqual([seat(b.id)]);
    expect(await seats.assign(seat(b.id), 0)).toBe('assigned');
  });

  it('gives seats to members only', async () => {
    const { seats } = test.storage.organizations;
    const { org } = await storedOrganization(test.storage);
    const stranger = await storedUser(test.storage);
    const seat = { orgId: org.id, userId: stranger.id, assignedAt: start };
    await expectStorageError(seats.assign(seat, 9), 'not-found');
    await expectStorageError(seats.assign({ ...seat, orgId: fresh('org') }, 9), 'not-found');
    expect(await seats.list(org.id)).toEqual([]);
  });
}

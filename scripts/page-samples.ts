import type { PageContent } from '../packages/server/src/http/pages/layout.ts';
import { notice } from '../packages/server/src/http/pages/layout.ts';
import { approvalPage, deviceCodePage } from '../packages/server/src/http/pages/views/approval.ts';
import { type HomeProps, homePage, newKeyMessage } from '../packages/server/src/http/pages/views/home.ts';
import {
  continuePage,
  type OutcomeProps,
  outcomePage,
  outcomes,
} from '../packages/server/src/http/pages/views/outcome.ts';
import { problemPage } from '../packages/server/src/http/pages/views/problems.ts';
import { signInLinkPage, signInPage } from '../packages/server/src/http/pages/views/sign-in.ts';

/** Every page with plausible content, by name: for pictures, and for whoever changes the look. */
export function pageSamples(): ReadonlyMap<string, PageContent> {
  const outcomePages = Object.entries(outcomes).map(
    ([name, props]: [string, OutcomeProps]): [string, PageContent] => [`outcome-${name}`, outcomePage(props)],
  );
  return new Map<string, PageContent>([...formPages(), ...homePages(), ...outcomePages]);
}

const formToken = '0'.repeat(64);
const now = Date.UTC(2026, 10, 23, 9, 30);
const day = 24 * 60 * 60 * 1000;
const person = { email: 'ada@example.com', name: 'Ada Lovelace' };

function formPages(): [string, PageContent][] {
  const asking = { formToken, ip: '203.0.113.7', askedAt: now, person };
  const stay = 'Stay logged in until you end it on your start page, or do not use it for a while';
  const read = 'Read the packages of every organization that you belong to';
  return [
    ['sign-in', signInPage({ formToken, next: '/', purpose: 'To let your program log in.' })],
    [
      'sign-in-refused',
      signInPage({
        formToken,
        next: '/',
        email: person.email,
        problem: 'This email address and password do not belong together.',
      }),
    ],
    ['sign-in-link', signInLinkPage({ formToken, secret: 'sample' })],
    [
      'approve-pyx',
      approvalPage({
        ...asking,
        action: '/',
        program: 'uv 0.12.6 on Linux',
        gets: [read, 'Publish packages where you may', stay],
      }),
    ],
    [
      'approve-oauth',
      approvalPage({
        ...asking,
        action: '/',
        program: 'pkgauth',
        gets: ['Know who you are', read, stay],
        returnsTo: 'http://127.0.0.1:51789',
      }),
    ],
    [
      'approve-device',
      approvalPage({
        ...asking,
        action: '/',
        program: 'pixi (pixi/0.70.2)',
        gets: [read, stay],
        code: 'BCDF-GHJK',
      }),
    ],
    ['device-code', deviceCodePage({ formToken })],
    [
      'device-code-refused',
      deviceCodePage({
        formToken,
        code: 'BCDF-GHJJ',
        problem: 'It is mistyped, has expired, was already used, or was entered in another browser.',
      }),
    ],
    ['continue', { ...continuePage('#'), continueTo: '#' }],
    [
      'problem',
      problemPage({
        code: 'credential-expired',
        status: 401,
        title: 'Credential expired',
        remedy: 'Log in again (`pkgauth login URL`) or make a new API key.',
      }),
    ],
  ];
}

function homePages(): [string, PageContent][] {
  const origin = 'https://packages.example.com';
  const index = (name: string, isPublic = false) => ({
    name,
    public: isPublic,
    url: `${origin}/simple/acme/${name}/`,
  });
  const key = (name: string, expiresAt: number, revokedAt: number | null = null) => ({
    id: `key_${name}`,
    ownerKind: 'user' as const,
    ownerId: 'usr_1',
    orgId: 'org_1',
    organization: 'acme',
    name,
    secretHash: '',
    createdAt: now - 3 * day,
    expiresAt,
    lastUsedAt: now,
    revokedAt,
  });
  const device = (label: string, ip: string) => ({
    id: label,
    userId: 'usr_1',
    clientId: 'pkgauth',
    client: 'pkgauth',
    door: 'oauth' as const,
    scope: '',
    label,
    ip,
    createdAt: now - 9 * day,
    lastUsedAt: now,
    idleExpiresAt: now,
    expiresAt: now,
    revokedAt: null,
    revokedReason: null,
  });
  const browser = (userAgent: string, current: boolean) => ({
    id: userAgent,
    secretHash: '',
    userId: 'usr_1',
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now,
    authenticatedAt: now,
    ip: '203.0.113.7',
    userAgent,
    current,
  });
  const full: HomeProps = {
    formToken,
    now,
    origin,
    person: { ...person, hasPassword: true },
    organizations: [
      {
        slug: 'acme',
        title: 'Acme Laboratories',
        role: 'owner',
        indexes: [index('main'), index('pypi', true)],
        uploads: [{ name: 'packages', url: `${origin}/v1/upload/acme/packages` }],
      },
      { slug: 'empty', title: 'Just begun', role: 'member', indexes: [], uploads: [] },
    ],
    keys: [
      key('Nightly build', now + 300 * day),
      key('Old laptop', now - day),
      key('Leaked in a log', now + day, now),
    ],
    devices: [
      device('uv 0.12.6 on Linux', '203.0.113.7'),
      device('pkgauth 0.1.0 on macOS', '2001:db8:85a3::8a2e:370:7334'),
    ],
    browsers: [browser('Firefox 146 on Linux', true), browser('Chrome 150 on Android', false)],
    validities: [7, 14, 30, 90, 365],
  };
  const fresh: HomeProps = {
    ...full,
    person: { ...person, name: '', hasPassword: false },
    organizations: [],
    keys: [],
    devices: [],
    browsers: [browser('Firefox 146 on Linux', true)],
  };
  return [
    ['home', homePage(full)],
    ['home-new-key', homePage({ ...full, message: newKeyMessage(`pka_${'x'.repeat(49)}`, now + 365 * day) })],
    [
      'home-refused',
      homePage({
        ...fresh,
        message: notice('bad', 'Your password was not changed', 'The current password is not right.'),
      }),
    ],
    ['home-fresh', homePage(fresh)],
  ];
}

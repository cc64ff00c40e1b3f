import { problemTable } from '../packages/server/src/http/errors.ts';
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
import { signInLinkPage, signInPage, signOutForm } from '../packages/server/src/http/pages/views/sign-in.ts';

/** Every page with plausible content, by name: for pictures, and for whoever changes the look. */
export function pageSamples(): ReadonlyMap<string, PageContent> {
  const outcomePages = Object.entries(outcomes).map(
    ([name, props]: [string, OutcomeProps]): [string, PageContent] => [`outcome-${name}`, outcomePage(props)],
  );
  const corner = signOutForm(person.email, formToken);
  const signedIn = [...approvalPages(), ...homePages()].map(([name, content]): [string, PageContent] => [
    name,
    { ...content, corner },
  ]);
  return new Map<string, PageContent>([...formPages(), ...signedIn, ...outcomePages]);
}

const formToken = '0'.repeat(64);
const now = Date.UTC(2026, 10, 23, 9, 30);
const day = 24 * 60 * 60 * 1000;
const person = { email: 'ada@example.com', name: 'Ada Lovelace' };

const read = 'Read the packages of every organization that you belong to';
const publish = 'Publish packages where you may';
const stay = 'Stay logged in until you end it on your start page, or do not use it for a while';

function formPages(): [string, PageContent][] {
  return [
    ['sign-in', signInPage({ formToken, next: '/', purpose: 'To let your program log in.' })],
    ['sign-in-refused', signInPage({ formToken, next: '/', email: person.email, problem: wrongPassword })],
    ['sign-in-link', signInLinkPage({ formToken, secret: 'sample' })],
    ['device-code', deviceCodePage({ formToken })],
    ['device-code-refused', deviceCodePage({ formToken, code: 'BCDF-GHJJ', problem: wrongCode })],
    ['continue', { ...continuePage('#'), continueTo: '#' }],
    ['problem', problemPage({ code: 'credential-expired', ...problemTable['credential-expired'] })],
  ];
}

const wrongPassword = 'This email address and password do not belong together.';
const wrongCode = 'It is mistyped, has expired, was already used, or was entered in another browser.';

function approvalPages(): [string, PageContent][] {
  const asking = { formToken, action: '#', ip: '203.0.113.7', askedAt: now, person };
  const pyx = { ...asking, program: 'uv 0.12.6 on Linux', gets: [read, publish, stay] };
  const oauth = {
    ...asking,
    program: 'pkgauth',
    gets: ['Know who you are', read, stay],
    returnsTo: 'http://127.0.0.1:51789',
  };
  const device = { ...asking, program: 'pixi (pixi/0.70.2)', gets: [read, stay], code: 'BCDF-GHJK' };
  return [
    ['approve-pyx', approvalPage(pyx)],
    ['approve-oauth', approvalPage(oauth)],
    ['approve-device', approvalPage(device)],
  ];
}

function homePages(): [string, PageContent][] {
  const full = homeSample();
  const fresh: HomeProps = {
    ...full,
    person: { ...person, name: '', hasPassword: false },
    organizations: [],
    keys: [],
    devices: [],
    browsers: full.browsers.slice(0, 1),
  };
  const key = `pka_${'x'.repeat(49)}`;
  const refused = notice('bad', 'Your password was not changed', 'The current password is not right.');
  return [
    ['home', homePage(full)],
    ['home-new-key', homePage({ ...full, message: newKeyMessage(key, now + 365 * day) })],
    ['home-refused', homePage({ ...fresh, message: refused })],
    ['home-fresh', homePage(fresh)],
  ];
}

function homeSample(): HomeProps {
  const origin = 'https://packages.example.com';
  const index = (name: string) => ({ name, public: name === 'pypi', url: `${origin}/simple/acme/${name}/` });
  const uploads = [{ name: 'packages', url: `${origin}/v1/upload/acme/packages` }];
  return {
    formToken,
    now,
    origin,
    person: { ...person, hasPassword: true },
    organizations: [
      {
        slug: 'acme',
        title: 'Acme Laboratories',
        role: 'owner',
        indexes: [index('main'), index('pypi')],
        uploads,
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
    browsers: [
      browser('Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', true),
      browser(
        'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
        false,
      ),
    ],
    validities: [7, 14, 30, 90, 365],
  };
}

function key(name: string, expiresAt: number, revokedAt: number | null = null): HomeProps['keys'][number] {
  const owner = { ownerKind: 'user', ownerId: 'usr_1', orgId: 'org_1', organization: 'acme' } as const;
  return {
    ...owner,
    id: name,
    name,
    secretHash: '',
    createdAt: now - 3 * day,
    expiresAt,
    lastUsedAt: now,
    revokedAt,
  };
}

function device(label: string, ip: string): HomeProps['devices'][number] {
  const client = {
    userId: 'usr_1',
    clientId: 'pkgauth',
    client: 'pkgauth',
    door: 'oauth',
    scope: '',
  } as const;
  const times = { createdAt: now - 9 * day, lastUsedAt: now, idleExpiresAt: now, expiresAt: now };
  return { ...client, ...times, id: label, label, ip, revokedAt: null, revokedReason: null };
}

function browser(userAgent: string, current: boolean): HomeProps['browsers'][number] {
  const times = { createdAt: now, lastSeenAt: now, expiresAt: now, authenticatedAt: now };
  return { ...times, id: userAgent, secretHash: '', userId: 'usr_1', ip: '203.0.113.7', userAgent, current };
}

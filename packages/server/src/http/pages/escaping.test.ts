import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { browserName } from './browser-name.ts';
import { notice, page } from './layout.ts';
import { approvalPage, deviceCodePage } from './views/approval.ts';
import { homePage } from './views/home.ts';
import { outcomePage } from './views/outcome.ts';
import { signInLinkPage, signInPage } from './views/sign-in.ts';

const frame = { stylesheet: '/s.css', icon: '/i.svg', host: 'pkg.example.com' };

/** Every page with the same text in every place that somebody else may fill. */
function pagesWith(text: string): string[] {
  const times = {
    createdAt: 0,
    lastUsedAt: 0,
    idleExpiresAt: 0,
    expiresAt: 0,
    lastSeenAt: 0,
    authenticatedAt: 0,
  };
  const key = {
    ...times,
    id: text,
    ownerKind: 'user',
    ownerId: text,
    orgId: text,
    name: text,
    secretHash: '',
    revokedAt: null,
    organization: text,
  } as const;
  const device = {
    ...times,
    id: text,
    userId: text,
    clientId: text,
    client: text,
    door: 'oauth',
    scope: text,
    label: text,
    ip: text,
    revokedAt: null,
    revokedReason: null,
  } as const;
  const browser = {
    ...times,
    id: text,
    secretHash: '',
    userId: text,
    ip: text,
    userAgent: text,
    current: false,
  };
  const person = { email: text, name: text };
  const url = 'https://pkg.example.com/simple/acme/main/';
  const contents = [
    signInPage({ formToken: text, next: text, email: text, problem: text, purpose: text }),
    signInLinkPage({ formToken: text, secret: text }),
    approvalPage({
      formToken: text,
      action: text,
      hidden: { [text]: text },
      program: text,
      ip: text,
      askedAt: 0,
      gets: [text],
      code: text,
      returnsTo: text,
      person,
    }),
    deviceCodePage({ formToken: text, code: text, problem: text }),
    outcomePage({ kind: 'bad', title: text, text, link: { href: text, label: text } }),
    homePage({
      formToken: text,
      now: -1,
      origin: text,
      person: { ...person, hasPassword: true },
      organizations: [
        {
          slug: text,
          title: text,
          role: 'owner',
          indexes: [{ name: text, url, public: true }],
          uploads: [{ name: text, url: text }],
        },
      ],
      keys: [key],
      devices: [device],
      browsers: [browser],
      validities: [7],
      message: notice('bad', text, text),
    }),
  ];
  return contents.map((content) => String(page(frame, { ...content, title: text, corner: text })));
}

/** What a browser would take for markup: tag names, and names of attributes. */
function markupOf(document: string): string[] {
  const tags = document.match(/<[^>]*>/g) ?? [];
  return tags.flatMap((tag) =>
    [...tag.replace(/"[^"]*"/g, '""').matchAll(/[^\s"=<>/]+/g)].map(([name]) => name.toLowerCase()),
  );
}

describe('DS03 OA09 text of others stays text', () => {
  const plain = pagesWith('x').map((document) => markupOf(document));

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    `' autofocus onfocus=alert(1) x='`,
    '`><svg/onload=alert(1)>',
    'javascript:alert(1)',
    '</title><script>alert(1)</script>',
    '<!--',
    ']]>',
    '{{7*7}}',
    '$' + '{7*7}',
    '&lt;script&gt;',
    '&#x3c;script>',
    '\u2028<b>',
    '\u0000<b>',
    '<\u0000script>',
    '\u202e\u2066txt.exe',
    '%3Cscript%3E',
    '\ud800',
    'a'.repeat(5000),
    '<base href=//evil.example>',
    '<meta http-equiv=refresh content="0;url=//evil.example">',
  ])('%j', (text) => {
    const documents = pagesWith(text);
    expect(documents.map((document) => markupOf(document))).toEqual(plain);
    for (const document of documents) expect(document).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
  });

  it('for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
        expect(pagesWith(text).map((document) => markupOf(document).length)).toEqual(
          plain.map(({ length }) => length),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('the names of browsers', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', 'Firefox 146 on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0',
      'Edge 150 on Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
      'Chrome 150 on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari 19 on iOS',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      'Safari 19 on macOS',
    ],
    ['curl/8.0', 'curl/8.0'],
    ['', 'Unknown browser'],
  ])('%s', (userAgent, name) => {
    expect(browserName(userAgent)).toBe(name);
  });

  it('are short, whatever is claimed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (text) => {
        expect(browserName(text).length).toBeLessThanOrEqual(60);
      }),
    );
  });
});

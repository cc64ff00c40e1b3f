import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { localAddress } from './local-address.ts';

describe('html', () => {
  it('escapes text, keeps markup, joins lists and drops what is absent', () => {
    const inner = html`<b>${'<&>"\'`'}</b>`;
    expect(String(html`<p title="${'"x"'}">${inner}${[1, ' ', inner]}${undefined}${null}${false}</p>`)).toBe(
      '<p title="&quot;x&quot;"><b>&lt;&amp;&gt;&quot;&#39;&#96;</b>1 <b>&lt;&amp;&gt;&quot;&#39;&#96;</b></p>',
    );
  });

  it('shows what would reorder or hide text', () => {
    expect(String(html`${'a\u202egnp.exe\u200b\u0007'}`)).toBe('a\\u{202e}gnp.exe\\u{200b}\\x07');
  });

  it('lets no value open a tag, an attribute or a reference', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const markup = String(html`${text}`);
        expect(markup).not.toMatch(/[<>"'`]/);
        expect(markup).not.toMatch(/&(?!(amp|lt|gt|quot|#39|#96);)/);
      }),
    );
  });
});

describe('DS05 next stays on the site', () => {
  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/%09/evil',
    'javascript:alert(1)',
    '/..//evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    ' /x',
    '/x y',
    '/x\r\nSet-Cookie: a=b',
    'http:evil.example',
    '///evil.example',
    '/\u2028/evil',
    '',
    'evil.example',
    '@evil.example',
    `/${'a'.repeat(3000)}`,
    '/a\\..\\b',
  ])('%j', (next) => {
    const url = new URL(localAddress(next), 'https://pkg.example.com');
    expect(url.origin).toBe('https://pkg.example.com');
    expect(localAddress(next)).not.toMatch(/^\/[/\\]/);
  });

  it.each(['/', '/activate?user_code=ABCD-EFGH', '/auth/cli/login/6f1c', '/interaction/x_Y-1'])(
    'keeps %s',
    (next) => {
      expect(localAddress(next)).toBe(next);
    },
  );

  it('for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `/${text}`),
        ),
        (next) => {
          expect(new URL(localAddress(next), 'https://pkg.example.com').origin).toBe(
            'https://pkg.example.com',
          );
        },
      ),
    );
  });

  it('is the home page when absent', () => expect(localAddress(undefined)).toBe('/'));
});

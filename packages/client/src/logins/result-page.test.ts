import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { renderPage } from './result-page.ts';

it('allows exactly the style that it carries', () => {
  const { headers, body } = renderPage({ status: 200, title: 'T', text: 't' });
  const style = /<style>(.*)<\/style>/.exec(body)?.[1] ?? '';
  const digest = createHash('sha256').update(style).digest('base64');
  expect(headers['Content-Security-Policy']).toContain(`style-src 'sha256-${digest}'`);
});

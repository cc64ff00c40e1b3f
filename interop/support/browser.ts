import { chromium } from '@pkgauth/testkit';

export type Person = { email: string; password: string };

/**
 * Opens `url` in a new Chromium, signs in as `person` and confirms a device's code when asked, and presses Approve (or
 * Deny): what somebody does whom a program sent to the page. Answers the text of the page that follows.
 */
export async function settleInBrowser(
  url: string,
  person: Person,
  decision: 'Approve' | 'Deny' = 'Approve',
  /** The heading of the page that follows, ours or the program's. */
  after: string | RegExp = /logged in|denied/i,
): Promise<string> {
  const browser = await chromium();
  try {
    const page = await browser.newPage();
    await page.goto(url);
    if (await page.getByLabel('Email').isVisible()) {
      await page.getByLabel('Email').fill(person.email);
      await page.getByLabel('Password').fill(person.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    }
    const settle = page.getByRole('button', { name: decision, exact: true });
    const confirm = page.getByRole('button', { name: 'Continue', exact: true });
    await settle.or(confirm).waitFor();
    if (await confirm.isVisible()) await confirm.click();
    await settle.click();
    await page.getByRole('heading', { name: after }).waitFor();
    return (await page.textContent('body')) ?? '';
  } finally {
    await browser.close();
  }
}

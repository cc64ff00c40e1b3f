import { randomUUID } from 'node:crypto';

type Person = { email: string; password: string };

/** Opens a login session through the pyx door and the real forms, without a browser; answers its refresh token. */
export async function openLoginSession(url: string, person: Person): Promise<string> {
  const id = randomUUID();
  const status = fetch(`${url}/auth/cli/status/${id}`);
  const cookies = new Map<string, string>();
  const visit = (target: string, form?: Record<string, string>) =>
    request(new URL(target, url), cookies, form);
  const approval = `/auth/cli/login/${id}`;
  const signIn = await visit(approval);
  const signedIn = await visit('/sign-in', { ...hiddenFields(signIn), ...person });
  await visit(approval, { ...hiddenFields(signedIn), decision: 'approve' });
  return ((await (await status).json()) as { refresh_token: string }).refresh_token;
}

async function request(
  url: URL,
  cookies: Map<string, string>,
  form?: Record<string, string>,
): Promise<string> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; '), origin: url.origin },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    cookies.set(name, value);
  }
  const location = response.headers.get('location');
  return location === null ? response.text() : request(new URL(location, url), cookies);
}

function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name, value]));
}

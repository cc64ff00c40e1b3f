/**
 * The child process that talks to the operating system's keyring, one JSON request a line on stdin and one JSON answer a
 * line on stdout. It is a process of its own because the native module blocks its whole process for ever when a D-Bus
 * socket accepts and keeps silent; the parent then kills it (CS16). It must import nothing but the native module.
 */
import { createInterface } from 'node:readline';
import type { KeyringAnswer, KeyringRequest } from '../context.ts';

/** The one service name under which pkgauth keeps its entries; the account is the service URL and the user. */
const serviceName = 'pkgauth';

type Entry = import('@napi-rs/keyring').Entry;
type Module = typeof import('@napi-rs/keyring');

const classify = (error: unknown): KeyringAnswer => {
  const detail = error instanceof Error ? error.message : 'unknown error';
  if (/locked|prompt was dismissed|user (?:canceled|interaction)/i.test(detail))
    return { state: 'locked', detail };
  if (/ambiguous|matched by \d+ credentials/i.test(detail)) return { state: 'ambiguous', detail };
  if (
    /dbus|no result found|not (?:available|supported)|no default|platform storage|AccessDenied/i.test(detail)
  ) {
    return { state: 'absent', detail };
  }
  return { state: 'failed', detail };
};

const perform = (entry: Entry, request: KeyringRequest): KeyringAnswer => {
  switch (request.operation) {
    case 'get': {
      const secret = entry.getPassword();
      return secret === null ? { state: 'none' } : { state: 'done', secret };
    }
    case 'set':
      entry.setPassword(request.secret);
      return { state: 'done' };
    case 'delete':
      return entry.deleteCredential() ? { state: 'done' } : { state: 'none' };
  }
};

const answer = (module: Module, request: KeyringRequest): KeyringAnswer => {
  try {
    // Unpinned, the module would fall back to the kernel's keyring, which forgets everything at the next start (CS17).
    const pin = { linux: { store: 'secret-service' } } as const;
    return perform(new module.Entry(serviceName, request.account, pin), request);
  } catch (error) {
    return classify(error);
  }
};

const load = async (): Promise<Module | undefined> => {
  try {
    return await import('@napi-rs/keyring');
  } catch {
    return undefined;
  }
};

const module = await load();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const reply: KeyringAnswer =
    module === undefined
      ? { state: 'absent', detail: 'the keyring module is not installed for this machine' }
      : answer(module, JSON.parse(line) as KeyringRequest);
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

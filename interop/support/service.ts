import { join } from 'node:path';
import { freePort, run, temporaryDirectory } from '@pkgauth/testkit';
import { expect, vi } from 'vitest';
import { builtClient } from './client.ts';
import { type NodeOptions, type ServiceNode, startNode } from './node.ts';

/** A running service of the product with an organization `acme`: owner, hosted registry, mirror and default view. */
export type Service = ServiceNode & {
  owner: { email: string; password: string };
  apiKey(options?: KeyOptions): Promise<string>;
  newKey(options?: KeyOptions): Promise<{ id: string; key: string }>;
  /** Answers when the service has been seen to refuse the key. */
  revokeKey(id: string, key: string): Promise<void>;
  /** A key that was good and is not any more. */
  revokedKey(options?: KeyOptions): Promise<string>;
};

type KeyOptions = { email?: string; organization?: string };

/**
 * Starts the service on a free loopback port, with its own data directory; from the sources unless `built`.
 *
 * @param upstream simple index for `acme/pypi` (view `acme/main`) and for the public `/simple/pypi/`.
 */
export async function startService(
  options: { upstream?: string } & Pick<NodeOptions, 'args' | 'env' | 'built'> = {},
): Promise<Service> {
  const { upstream, ...how } = options;
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  const owner = { email: 'owner@example.com', password: 'correct horse battery staple' };
  const node = await startNode({ data, port: await freePort(), cwd: directory.path, ...how });
  const { admin } = node;

  await admin(['user', 'add', owner.email, '--name', 'Olive Owner', '--password-stdin'], owner.password);
  await admin(['org', 'add', 'acme', '--title', 'Acme', '--owner', owner.email]);
  await admin(['registry', 'add', 'acme/packages', '--kind', 'pypi']);
  if (upstream !== undefined) {
    await admin(['registry', 'add', 'acme/pypi', '--kind', 'pypi', '--upstream', upstream]);
  }
  const newKey = async ({ email = owner.email, organization = 'acme' }: KeyOptions = {}) => {
    const words = ['api-key', 'add', '--user', email, '--org', organization, '--validity', '7'];
    return (await admin(words)) as { id: string; key: string };
  };
  const revokeKey = async (id: string, key: string) => {
    await admin(['api-key', 'revoke', id]);
    const isRefused = async () => expect(await statusFor(node.url, key)).toBe(401);
    await vi.waitFor(isRefused, { timeout: 30_000 });
  };
  return {
    ...node,
    owner,
    newKey,
    revokeKey,
    apiKey: async (key) => (await newKey(key)).key,
    async revokedKey(options) {
      const { id, key } = await newKey(options);
      await revokeKey(id, key);
      return key;
    },
    async [Symbol.asyncDispose]() {
      await node[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** What the service answers to a credential. */
export async function statusFor(url: string, token: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

/** Runs the client as it is shipped, with an empty home of its own. */
export function pkgauth(
  args: readonly string[],
  options: { home: string; env?: Record<string, string>; input?: string; timeout?: number },
) {
  return run(process.execPath, [builtClient(), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: options.home, ...options.env },
    cwd: options.home,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
}

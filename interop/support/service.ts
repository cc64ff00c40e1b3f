import { join, resolve } from 'node:path';
import { freePort, run, temporaryDirectory } from '@pkgauth/testkit';
import { fromSource, type ServiceNode, startNode } from './node.ts';

const checkout = resolve(import.meta.dirname, '../..');
const clientEntry = join(checkout, 'packages/client/src/cli/main.ts');

/** A running service of the product with an organization `acme`: owner, hosted registry, mirror and default view. */
export type Service = ServiceNode & {
  owner: { email: string; password: string };
  apiKey(options?: { email?: string; organization?: string }): Promise<string>;
};

/**
 * Starts the service from the sources on a free loopback port, with its own data directory.
 *
 * @param upstream simple index for `acme/pypi` (view `acme/main`) and for the public `/simple/pypi/`.
 */
export async function startService(
  options: { upstream?: string; args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Service> {
  const { upstream, args = [], env = {} } = options;
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  const owner = { email: 'owner@example.com', password: 'correct horse battery staple' };
  const node = await startNode({ data, port: await freePort(), cwd: directory.path, args, env });
  const { admin } = node;

  await admin(['user', 'add', owner.email, '--name', 'Olive Owner', '--password-stdin'], owner.password);
  await admin(['org', 'add', 'acme', '--title', 'Acme', '--owner', owner.email]);
  await admin(['registry', 'add', 'acme/packages', '--kind', 'pypi']);
  if (upstream !== undefined) {
    await admin(['registry', 'add', 'acme/pypi', '--kind', 'pypi', '--upstream', upstream]);
  }
  return {
    ...node,
    owner,
    async apiKey({ email = owner.email, organization = 'acme' } = {}) {
      const words = ['api-key', 'add', '--user', email, '--org', organization, '--validity', '7'];
      const { key } = await admin(words);
      return key as string;
    },
    async [Symbol.asyncDispose]() {
      await node[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Runs the client from the sources with an empty home of its own. */
export function pkgauth(
  args: readonly string[],
  options: { home: string; env?: Record<string, string>; input?: string; timeout?: number },
) {
  return run(process.execPath, [...fromSource, clientEntry, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: options.home, ...options.env },
    cwd: options.home,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
}

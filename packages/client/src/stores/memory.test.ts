import { storeContract } from '@pkgauth/testkit';
import { memoryStore } from './memory.ts';

storeContract(
  'memory',
  { kinds: ['basic', 'bearer', 'session', 'api-key'], severalUsers: true, paths: true },
  async () => {
    const store = memoryStore();
    return { store, open: async () => store, [Symbol.asyncDispose]: async () => undefined };
  },
);

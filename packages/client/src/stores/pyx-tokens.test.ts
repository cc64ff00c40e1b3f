import { storeContract, storeInHome } from '@pkgauth/testkit';
import { openPyxTokens } from './pyx-tokens.ts';

storeContract('pyx-tokens', { kinds: ['session'], severalUsers: false, paths: false }, () =>
  storeInHome(openPyxTokens),
);

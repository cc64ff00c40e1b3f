import { storeContract, storeInHome } from '@pkgauth/testkit';
import { openPkgauthFile } from './pkgauth-file.ts';

storeContract(
  'pkgauth-file',
  { kinds: ['session', 'api-key', 'bearer', 'basic'], severalUsers: true, paths: true },
  () => storeInHome(openPkgauthFile),
);

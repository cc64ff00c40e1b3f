import { storeContract, storeInHome } from '@pkgauth/testkit';
import { openUvText } from './uv-text.ts';

storeContract(
  'uv-text',
  { kinds: ['basic', 'bearer', 'api-key'], keysBecomePasswords: true, severalUsers: false, paths: true },
  () => storeInHome(openUvText),
);

/**
 * Node's and argon2's cryptography behind the core's ports, and the service's own key. Knows no storage and no HTTP, and
 * decides nothing: which key signs, and for how long, stands in `core/signing-keys.ts`. To add a primitive, add a member to
 * the port and its implementation here.
 */
export { createCrypto } from './crypto.ts';
export { createJws } from './jws.ts';
export { createRandom } from './random.ts';
export { loadSecretKey } from './secret-key.ts';
export { createTimers } from './timers.ts';

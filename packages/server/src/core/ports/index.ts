/**
 * What the authorization core needs from the outside world. Implementations live in `storage/`, `registry/` and
 * `compose.ts`; nothing in here may know one of them. To add a need, add a member to the narrowest port and teach
 * the contract suite about it.
 */
export * from './access.ts';
export * from './blobs.ts';
export * from './environment.ts';
export * from './jws.ts';
export * from './storage.ts';

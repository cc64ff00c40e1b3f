/**
 * The library: one way from a URL to the credential that belongs to it, with everything impure behind `Context`.
 */
export { type ContextOptions, createContext } from './context/node-context.ts';
export type {
  Context,
  HttpRequest,
  HttpResponse,
  KeyringAnswer,
  KeyringRequest,
} from './context.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export { accessToken, type Resolved, type ResolveOptions, resolveCredential } from './session.ts';
export { type Chain, type CredentialStore, openChain } from './stores/index.ts';

import type { SubscriptionState } from '../decide.ts';
import type { CredentialProblem } from '../errors.ts';
import type { Registry } from '../model.ts';
import type { Principal } from '../principal.ts';

/** Outcome of checking the credential of a request. `missing` gives the anonymous principal's 401. */
export type Verified =
  | {
      ok: true;
      principal: Principal /** Milliseconds; the credential is dead from here. */;
      expiresAt: number;
    }
  | {
      ok: false;
      problem: CredentialProblem /** One ASCII sentence for the caller, never an echo of the credential. */;
      message: string;
    };

/**
 * Checks an `Authorization` header: `Bearer <access token | API key>`, `Basic __token__:<either>`,
 * `Basic <API key>:`. A warm credential is answered synchronously from memory, so that the gateway's hot path
 * never waits; a cold one may need the database.
 */
export type CredentialVerifier = {
  verify(authorization: string | undefined): Verified | Promise<Verified>;
};

/** A view (or a registry addressed by name) with everything that serving it needs. */
export type ResolvedIndex = {
  organization: { id: string; slug: string };
  name: string;
  public: boolean;
  subscription: SubscriptionState;
  /** In order of precedence; hosted registries always come before mirrors. */
  registries: readonly Registry[];
};

/** Names → indexes, from memory while the epoch stands. */
export type Catalog = {
  /** `undefined` when the organization has no view or registry of that name. */
  resolve(
    organization: string,
    name: string,
    kind: Registry['kind'],
  ): ResolvedIndex | undefined | Promise<ResolvedIndex | undefined>;
};

/**
 * In-process notice that cached decisions are out of date: after every local change at once, and after a change by
 * another process when the poll of `RevocationStorage.epoch` sees it.
 */
export type Epoch = {
  readonly current: number;
  /** Reads the stored epoch now and tells the listeners if it moved. Call after each committed change. */
  refresh(): Promise<void>;
  onChange(listener: () => void): void;
};

import type { Credential } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import type { Service } from '../server-api/index.ts';

/** How a login talks to the person. Text may hold line breaks; control characters are escaped by whoever prints it. */
export type Dialogue = {
  /** What the person must see to go on. */
  show(text: string): void;
  note(text: string): void;
};

export type LoginRequest = {
  readonly service: Service;
  readonly dialogue: Dialogue;
  /** Aborts the login; nothing has been stored then, and no listener is left. */
  readonly signal: AbortSignal;
  /** Verifies and stores the credential; called once. What it throws, the login throws. */
  readonly accept: (credential: Credential) => Promise<void>;
};

/** One way for a person to log in to a pkgauth service. */
export type Login = {
  readonly id: string;
  /** For help and messages, lower case. */
  readonly label: string;
  /** Whether the service offers it. */
  fits(service: Service): boolean;
  run(context: Context, request: LoginRequest): Promise<void>;
};

/** The OAuth client that this program is; registered at every pkgauth service as a public native client. */
export const clientId = 'pkgauth';
export const scope = 'openid profile offline_access';

import type { Context } from '../context.ts';

/** What to know of the outside to find a tool's files. */
export type Place = Pick<Context, 'env' | 'platform' | 'home'>;

/** An index that a tool is to use. */
export type Index = {
  /** As the person wrote it, without user information. */
  readonly url: string;
  /** The user name that its credentials have; `__token__` for tokens. */
  readonly username: string;
};

/** A tool that asks pkgauth for credentials through the `keyring` program, once it is told to. */
export type Ecosystem = {
  readonly id: string;
  /** As people write it. */
  readonly title: string;
  /** The user's own configuration file: a path and why it is that one. Throws `ClientError` when there can be none. */
  configFile(place: Place): string;
  /** The file's text with the index in it; every other byte stays. Throws `ProtocolError` for a text that it cannot read. */
  configure(text: string, index: Index): string;
};

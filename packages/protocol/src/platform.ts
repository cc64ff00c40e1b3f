/**
 * The few globals that every JavaScript runtime has and that `lib.es2023` does not declare. They are declared here,
 * inside one module, so that this package needs neither DOM nor Node types and cannot reach anything else by accident.
 */

/** A parsed WHATWG URL; components as the standard names them. */
export type ParsedUrl = {
  readonly href: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
};

declare const URL: { parse(text: string, base?: string): ParsedUrl | null };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** Parses an absolute URL, or one relative to `base`; `undefined` when it is not a URL. */
export const parseUrl = (text: string, base?: string): ParsedUrl | undefined =>
  URL.parse(text, base) ?? undefined;

/** UTF-8 bytes of the text; lone surrogates become U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Text of UTF-8 bytes, a byte order mark included; throws `TypeError` when they are not UTF-8. */
export const decodeUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

import { decodeBase64 } from '../encoding/index.ts';
import { tokenPattern } from '../tokens/index.ts';

const mask = '***';

/** Matches the character itself or its percent-encoding, encoded any number of times (`%40`, `%2540`, …). */
const orEncoded = (character: string): string => {
  const hex = character.charCodeAt(0).toString(16);
  return `(?:${character}|%(?:25)*${hex})`;
};
const colon = orEncoded(':');
const slash = orEncoded('/');
const equals = orEncoded('=');

/** Names that are secret wherever `name=value` stands. */
const secretNames =
  'access_token|refresh_token|id_token|auth_token|token|api_key|apikey|password|passwd|pwd|secret|client_secret|' +
  'device_code|code_verifier|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|' +
  'x-goog-credential';
/** Names that are secret in a query or form only. */
const parameterNames = `${secretNames}|key|code|sig|credential`;

/** `://user:password@`, to the last `@` before the path; at most 2 KiB, so that scanning stays linear. */
const userInfo = /(:\/\/)([^\s/?#"'<>]{1,2048})@(?=[^\s/?#@"'<>])/g;
const encodedUserInfo =
  /(%(?:25)*3a%(?:25)*2f%(?:25)*2f)((?:(?!%(?:25)*(?:2f|3f|23))[^\s/?#@"'<>&]){1,2048})%(?:25)*40/gi;
const pathToken = new RegExp(`(${slash}t${slash})[^/%?#\\s"'<>]+`, 'gi');
const value = `[^&#;\\s"'<>%]+(?:%(?!(?:25)*(?:26|23))[^&#;\\s"'<>%]*)*`;
const parameter = new RegExp(`((?:[?&;]|%(?:25)*(?:3f|26))(?:${parameterNames})${equals})${value}`, 'gi');
const assignment = new RegExp(`((?:\\s|^)(?:${secretNames})=)${value}`, 'gim');
const jsonMember = new RegExp(`("(?:${secretNames}|key)"\\s{0,8}:\\s{0,8}")(?:[^"\\\\]|\\\\.)*`, 'gi');
const ourToken = new RegExp(tokenPattern, 'g');
const pyxKey = /sk-pyx-[\w-]+/g;
const jwt = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const bearer =
  /\b(bearer)(\s{1,8}|%20|\+)(?!(?:realm|scope|error|error_description|error_uri|resource_metadata)=|(?:tokens?|auth\w*|headers?|credentials?|challenge|scheme|and|or)\b)[^\s"'<>,;\\]+/gi;
const basic = /\b(basic)(\s{1,8}|%20)([A-Za-z0-9+/_-]{2,}(?:=|%3D){0,2})/gi;

const looksSecret = (text: string): boolean => text.length >= 20;

const maskUserInfo = (whole: string, start: string, content: string): string => {
  const separator = new RegExp(colon, 'i').exec(content);
  const end = whole.slice(start.length + content.length);
  if (separator === null) return looksSecret(content) ? `${start}${mask}${end}` : whole;
  const user = content.slice(0, separator.index);
  return `${start}${looksSecret(user) ? mask : user}${separator[0]}${mask}${end}`;
};

const decodesToPair = (text: string): boolean => {
  const plain = text
    .replace(/(?:=|%3D)+$/i, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const bytes = decodeBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='));
  return bytes?.includes(0x3a) ?? false;
};

/**
 * Text with every secret that can be recognized replaced by `***`: passwords in URLs, `/t/<token>/` paths, secret
 * parameters and JSON members, `Authorization` values, JWTs and our own tokens, also percent-encoded and inside other
 * URLs. Linear in the length of the text. For logs and messages; not a parser, and it hides rather too much than too little.
 */
export const redactText = (text: string): string =>
  text
    .replace(ourToken, mask)
    .replace(pyxKey, mask)
    .replace(jwt, mask)
    .replace(userInfo, maskUserInfo)
    .replace(encodedUserInfo, maskUserInfo)
    .replace(pathToken, `$1${mask}`)
    .replace(parameter, `$1${mask}`)
    .replace(assignment, `$1${mask}`)
    .replace(jsonMember, `$1${mask}`)
    .replace(bearer, `$1$2${mask}`)
    .replace(basic, (whole: string, scheme: string, gap: string, value: string) =>
      decodesToPair(value) ? scheme + gap + mask : whole,
    );

/** As `redactText`, for a text that is one URL: a user name without a password, too, is hidden. */
export const redactUrl = (url: string): string =>
  redactText(url).replace(/^([a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#@:]{1,2048}@/i, `$1${mask}@`);

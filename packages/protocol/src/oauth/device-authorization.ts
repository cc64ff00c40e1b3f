import { Secret } from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import { parseHttpUrl } from '../matching/index.ts';
import { readAnswer, requireText, secondsOf, textOf } from './answer.ts';

export type DeviceAuthorization = {
  deviceCode: Secret;
  userCode: string;
  verificationUri: string;
  verificationUriComplete?: string;
  /** Seconds from receipt. */
  expiresIn: number;
  /** Seconds between polls. */
  interval: number;
};

/** The address is shown and perhaps opened: nothing but http(s) may come through. */
const requireWebAddress = (text: string): string => {
  const url = parseHttpUrl(text);
  if (url === undefined)
    throw new ProtocolError('invalid-url', 'the server names a sign-in page that is not http(s)');
  return url.href;
};

/**
 * Reads a device authorization answer (RFC 8628 §3.2), with `verification_url` as older servers spell it. A missing
 * `interval` is 5 s, a missing `expires_in` 15 min. Throws `ProtocolError`: `syntax`, `too-large`, or `invalid-url`.
 */
export const parseDeviceAuthorization = (input: string | Uint8Array): DeviceAuthorization => {
  const members = readAnswer(input);
  const uri = textOf(members.verification_uri) ?? requireText(members, 'verification_url');
  const complete = textOf(members.verification_uri_complete);
  return {
    deviceCode: new Secret(requireText(members, 'device_code')),
    userCode: requireText(members, 'user_code'),
    verificationUri: requireWebAddress(uri),
    ...(complete === undefined ? {} : { verificationUriComplete: requireWebAddress(complete) }),
    expiresIn: secondsOf(members.expires_in) ?? 900,
    interval: secondsOf(members.interval) || 5,
  };
};

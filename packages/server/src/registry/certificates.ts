import { getCACertificates, setDefaultCACertificates } from 'node:tls';

let trusted = false;

/**
 * Makes this process trust the machine's own certificate authorities besides Node's built-in ones (and those of
 * `NODE_EXTRA_CA_CERTS`). Networks that inspect TLS install their root in the system store, and every other program on
 * the machine reaches the upstream because of it. Done when the first upstream is connected to, since reading the
 * store takes a tenth of a second.
 */
export function trustMachineCertificates(): void {
  if (trusted) return;
  trusted = true;
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}

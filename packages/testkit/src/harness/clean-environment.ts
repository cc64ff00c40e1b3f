import { dirname, join } from 'node:path';

export type Environment = Record<string, string>;

// What reaching the machine's package registry needs, and nothing else of the person who runs the tests.
const certificates = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'NODE_EXTRA_CA_CERTS',
];
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];

/**
 * The environment of somebody who has configured nothing, with `home` as their home: the pinned Node, the
 * system's programs, no session bus, no configuration of pip, uv or pkgauth.
 */
export function cleanEnvironment(home: string): Environment {
  const kept = [...certificates, ...proxies].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value]] : [];
  });
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    NO_PROXY: '127.0.0.1,localhost,::1',
    no_proxy: '127.0.0.1,localhost,::1',
    // Without it libraries look for the bus of whoever runs the tests, and find their real keyring.
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(home, 'no-session-bus')}`,
  };
}

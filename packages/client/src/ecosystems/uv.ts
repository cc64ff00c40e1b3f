import { join } from 'node:path';
import { setUvIndex, setUvKeyringProvider } from '@pkgauth/protocol';
import type { Ecosystem } from './ecosystem.ts';
import { configDirectory, roamingDirectory } from './home.ts';

const title = 'uv';

/** A name for the index as uv's environment variables and messages use it: `acme-main` for `…/simple/acme/main/`. */
const indexName = (url: string): string => {
  const { hostname, pathname } = new URL(url);
  const words = pathname.split('/').filter((word) => word !== '' && word !== 'simple');
  const name = (words.length > 0 ? words.join('-') : hostname)
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'pkgauth' : name.toLowerCase();
};

/**
 * uv's user-level `uv.toml`: `UV_CONFIG_FILE` where uv reads that instead, else below the configuration directory. uv asks
 * the keyring program without a user name only for an index with `authenticate = "always"`.
 */
export const uv: Ecosystem = {
  id: 'uv',
  title,
  configFile: (place) => {
    if (place.env.UV_CONFIG_FILE) return place.env.UV_CONFIG_FILE;
    if (place.platform === 'win32') return join(roamingDirectory(place, title), 'uv', 'uv.toml');
    return join(configDirectory(place, title), 'uv', 'uv.toml');
  },
  configure: (text, { url }) =>
    setUvKeyringProvider(
      setUvIndex(text, { name: indexName(url), url, default: true, authenticate: 'always' }),
      'subprocess',
    ),
};

import { join } from 'node:path';
import { setPipOption } from '@pkgauth/protocol';
import { ClientError } from '../errors.ts';
import type { Ecosystem } from './ecosystem.ts';
import { configDirectory, requireHome, roamingDirectory } from './home.ts';

const title = 'pip';

// pip before 26.2 asks the keyring program only for a URL that names a user.
const withUser = (url: string, username: string): string => {
  const named = new URL(url);
  named.username = username;
  return named.href;
};

/**
 * pip's user-level configuration: `PIP_CONFIG_FILE` where pip reads that too, else the place that `pip config` writes to.
 */
export const pip: Ecosystem = {
  id: 'pip',
  title,
  configFile: (place) => {
    const named = place.env.PIP_CONFIG_FILE;
    if (named === '/dev/null' || named?.toLowerCase() === 'nul') {
      throw new ClientError('failed', 'PIP_CONFIG_FILE tells pip to read no configuration', {
        hint: 'unset PIP_CONFIG_FILE',
      });
    }
    if (named) return named;
    if (place.platform === 'win32') return join(roamingDirectory(place, title), 'pip', 'pip.ini');
    if (place.platform === 'darwin' && !place.env.XDG_CONFIG_HOME) {
      return join(requireHome(place, title), 'Library', 'Application Support', 'pip', 'pip.conf');
    }
    return join(configDirectory(place, title), 'pip', 'pip.conf');
  },
  configure: (text, { url, username }) =>
    setPipOption(
      setPipOption(text, 'global', 'index-url', withUser(url, username)),
      'global',
      'keyring-provider',
      'subprocess',
    ),
};

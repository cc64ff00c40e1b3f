import { type Context, type CredentialStore, createContext } from 'pkgauth';
import { temporaryDirectory } from '../harness/index.ts';
import type { StoreUnderTest } from './store-contract.ts';

/** Settings that keep a context within `home`, whatever the environment of whoever runs the tests says. */
export const settingsOfHome = (home: string): Record<string, string> => ({
  HOME: home,
  XDG_DATA_HOME: '',
  PKGAUTH_STORE: '',
  PKGAUTH_CREDENTIALS_FILE: '',
  UV_CREDENTIALS_DIR: '',
  PYX_CREDENTIALS_DIR: '',
  NETRC: '',
  DBUS_SESSION_BUS_ADDRESS: `unix:path=${home}/no-session-bus`,
});

/** A store on the real file system, in a home directory of its own; each `open` is as another process would do it. */
export const storeInHome = async (
  openStore: (context: Context) => Promise<CredentialStore | undefined>,
  settings: Record<string, string> = {},
): Promise<StoreUnderTest> => {
  const home = temporaryDirectory();
  const open = async (): Promise<CredentialStore> => {
    const store = await openStore(createContext({ settings: { ...settingsOfHome(home.path), ...settings } }));
    if (store === undefined) throw new Error('the store has no place');
    return store;
  };
  return { store: await open(), open, [Symbol.asyncDispose]: async () => home[Symbol.dispose]() };
};

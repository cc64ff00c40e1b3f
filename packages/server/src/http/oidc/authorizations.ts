import type Provider from 'oidc-provider';
import type { Authorizations, AuthorizationView } from '../../core/services.ts';
import { clients, isClientId, knownScopes } from './clients.ts';

type Interaction = InstanceType<Provider['Interaction']>;

/** The value of a cookie (RFC 6265 §4.2), undefined when it is not there. */
function cookieValue(header: string | undefined, name: string): string | undefined {
  const pairs = header?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** What waits at the interaction page. Only the browser in which the request began has the cookie that opens it. */
export function createAuthorizations(current: () => Provider): Authorizations {
  async function find(uid: string, cookies: string | undefined): Promise<Interaction | undefined> {
    const provider = current();
    if (cookieValue(cookies, provider.cookieName('interaction')) !== uid) return undefined;
    return provider.Interaction.find(uid);
  }
  const finish = async (
    interaction: Interaction,
    result: NonNullable<Interaction['result']>,
  ): Promise<string> => {
    interaction.result = result;
    await interaction.persist();
    return interaction.returnTo;
  };

  return {
    async show(uid, cookies) {
      const interaction = await find(uid, cookies);
      return interaction && viewOf(interaction);
    },
    async approve(uid, cookies, { session, user }) {
      const interaction = await find(uid, cookies);
      const view = interaction && viewOf(interaction);
      if (interaction === undefined || view === undefined) return undefined;
      if (view.signedInAfter !== null && session.authenticatedAt <= view.signedInAfter) return undefined;
      const grant = new (current().Grant)({ accountId: user.id, clientId: view.client.id });
      grant.addOIDCScope(view.scope.join(' '));
      const grantId = await grant.save();
      const ts = Math.floor(session.authenticatedAt / 1000);
      return finish(interaction, {
        login: { accountId: user.id, ts, remember: false },
        consent: { grantId },
      });
    },
    async deny(uid, cookies) {
      const interaction = await find(uid, cookies);
      const error_description = 'the person denied the login';
      return interaction && finish(interaction, { error: 'access_denied', error_description });
    },
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function viewOf({ params, iat = 0 }: Interaction): AuthorizationView | undefined {
  const { client_id, scope, redirect_uri, prompt, max_age, login_hint } = params;
  const id = text(client_id);
  if (id === undefined || !isClientId(id)) return undefined;
  return {
    client: { id, name: clients[id].name },
    scope: knownScopes(text(scope)),
    redirectOrigin: new URL(text(redirect_uri) ?? '').origin,
    signedInAfter: signedInAfter(iat * 1000, text(prompt), max_age),
    loginHint: text(login_hint) ?? null,
  };
}

/** OIDC Core §3.1.2.1: `prompt=login` wants the person to sign in again now, `max_age` not so many seconds ago. */
function signedInAfter(asked: number, prompt: string | undefined, maxAge: unknown): number | null {
  if (prompt?.split(' ').includes('login')) return asked;
  const seconds = Number(maxAge);
  return maxAge === undefined || !Number.isFinite(seconds) ? null : asked - seconds * 1000;
}

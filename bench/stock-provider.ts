import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';

// The peer of our token doors: oidc-provider as it comes, with its memory adapter and opaque refresh tokens.
const port = Number(process.argv[2]);
const resource = {
  defaultResource: () => 'urn:bench',
  getResourceServerInfo: () => ({
    scope: 'read',
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: 3600,
    jwt: { sign: { alg: 'ES256' as const } },
  }),
  useGrantedResource: () => true,
};
const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
  'sign',
]);
const jwk = await crypto.subtle.exportKey('jwk', privateKey);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret-of-thirty-two-chars',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'native',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1/cb'],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: { enabled: true, ...resource },
    devInteractions: { enabled: false },
  },
  jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig' } as never] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
const handle = provider.callback();
const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.url !== '/bench/refresh-token') return void handle(request, response);
  const client = await provider.Client.find('native');
  const grant = new provider.Grant({ accountId: 'person', clientId: 'native' });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope('urn:bench', 'read');
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    client,
    accountId: 'person',
    grantId,
    scope: 'openid offline_access read',
    resource: 'urn:bench',
    gty: 'authorization_code',
  } as never);
  response.end(JSON.stringify({ refresh_token: await token.save() }));
};
createServer((request, response) => void answer(request, response)).listen(port, '127.0.0.1', () =>
  process.stdout.write('listening\n'),
);

/** Where the authorization server's endpoints are, below the issuer. */
export const paths = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  revocation: '/oauth2/revoke',
  userinfo: '/oauth2/userinfo',
  deviceAuthorization: '/oauth2/device/code',
  /** Pages: where a person approves a request, and enters a device's code. */
  interaction: '/oauth2/interaction',
  activate: '/activate',
  jwks: '/.well-known/jwks.json',
  openidConfiguration: '/.well-known/openid-configuration',
  authorizationServer: '/.well-known/oauth-authorization-server',
  protectedResource: '/.well-known/oauth-protected-resource',
} as const;

/**
 * What an OAuth client says and hears: PKCE, and the server's token, device and error answers, read tolerantly and
 * bounded. Sends nothing and knows no server. To add an answer, add its parser with the RFC it follows.
 */
export * from './device-authorization.ts';
export * from './error-body.ts';
export * from './pkce.ts';
export * from './token-response.ts';

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

// The peer of the gateway: what Node's own HTTP costs for the same bytes, with no authentication and no decision.
const [port, pagePath, filePath] = process.argv.slice(2);
const page = readFileSync(pagePath ?? '');
const file = readFileSync(filePath ?? '');
const headers = {
  'content-type': 'application/vnd.pypi.simple.v1+json',
  'cache-control': 'private, max-age=0',
  vary: 'Accept, Authorization, Accept-Encoding',
  etag: '"x"',
};
createServer((request, response) => {
  if (request.headers['if-none-match']) return void response.writeHead(304, { etag: '"x"' }).end();
  const body = request.url === '/file' ? file : page;
  response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));

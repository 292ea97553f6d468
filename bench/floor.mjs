/**
 * The least that any token server on node:http must do: read the request, sign one set of claims with ES256 on the
 * thread pool, and answer with a body of the usual size. No credential, no rule, no store, no log. What a benchmarked
 * server reaches is told as a share of this, measured in the same run.
 */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
// As long as a header with one certificate in x5c.
const header = encode({ typ: 'JWT', alg: 'ES256', kid: 'k'.repeat(43), x5c: ['c'.repeat(600)] });

const server = createServer((request, response) => {
  const now = Math.floor(Date.now() / 1000);
  const [, scope = ''] = request.url.split('scope=');
  const payload = encode({
    iss: 'floor',
    sub: 'user:1',
    aud: 'container_registry',
    exp: now + 300,
    nbf: now - 10,
    iat: now - 10,
    jti: randomUUID(),
    access: [
      { type: 'repository', name: decodeURIComponent(scope).split(':')[1], actions: ['pull'] },
    ],
  });
  const input = `${header}.${payload}`;
  sign('sha256', Buffer.from(input), key, (error, signature) => {
    if (error !== null) return response.writeHead(500).end();
    const token = `${input}.${signature.toString('base64url')}`;
    const body = JSON.stringify({ token, expires_in: 300 });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    });
    response.end(body);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');

/**
 * cesanta/docker_auth, the usual stand-alone token server, in its two simplest set-ups with its fastest key (P-256):
 * anonymous callers, and one static user whose password is kept as bcrypt.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MODULE = 'github.com/cesanta/docker_auth/auth_server@latest';
const tools = join(homedir(), '.cache', 'wharfpass-tools');
const binary = join(tools, 'auth_server');

/** The path of the program, built once and kept outside the repository; null where Go cannot bring it. */
export function dockerAuth() {
  if (existsSync(binary)) return binary;
  mkdirSync(tools, { recursive: true });
  const env = { ...process.env, GOBIN: tools };
  spawnSync('go', ['install', MODULE], { env, stdio: ['ignore', 'ignore', 2], timeout: 600_000 });
  return existsSync(binary) ? binary : null;
}

/** `badmin`, at cost 5: the very line of docker_auth's examples. */
const PASSWORD = '$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC';

const configuration = (folder, port) => `
server:
  addr: "127.0.0.1:${port}"
token:
  issuer: "docker_auth"
  expiration: 300
  certificate: "${folder}/auth.crt"
  key: "${folder}/auth.key"
  disable_legacy_key_id: true
users:
  "": {}
  "test":
    password: "${PASSWORD}"
acl:
  - match: {account: ""}
    actions: ["pull"]
  - match: {account: "test"}
    actions: ["*"]
`;

export function configureDockerAuth(folder, port) {
  mkdirSync(folder, { recursive: true });
  const subject = ['-subj', '/CN=docker_auth', '-days', '2', '-nodes', '-x509'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const files = ['-keyout', join(folder, 'auth.key'), '-out', join(folder, 'auth.crt')];
  spawnSync('openssl', ['req', ...key, ...subject, ...files], { stdio: 'ignore' });
  const file = join(folder, 'config.yml');
  writeFileSync(file, configuration(folder, port));
  return file;
}

export const STATIC_USER = `Basic ${Buffer.from('test:badmin').toString('base64')}`;

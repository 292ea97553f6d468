/** A real wharfpass, real registries that trust it or do not, and small proxies that spoil what passes through them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { Secret } from '../../src/credential/secret.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { walk, type WalkOptions } from '../../src/doctor/walk.ts';
import { freePort, plainEnvironment, startService } from '../support/run-program.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { makeAuthority, type ServerCertificate, type TestAuthority } from './certificates.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export interface Spoil {
  readonly tls?: ServerCertificate;
  readonly maxHeaderSize?: number;
  /** Answers in place of what is behind; true: it has. */
  readonly instead?: (req: IncomingMessage, res: ServerResponse) => boolean;
  readonly path?: (path: string) => string;
  readonly request?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  readonly response?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  readonly body?: (text: string, path: string) => string;
}

/** Of the section auth.token; `auth` replaces the whole section. */
export interface RegistryChange {
  readonly token?: Readonly<Record<string, unknown>>;
  readonly auth?: object | null;
  readonly http?: object;
  readonly tls?: ServerCertificate;
  /** Default: docker-registry, which is Distribution 2.8. */
  readonly program?: string;
}

export interface RunningRegistry {
  readonly url: string;
  /** Its configuration, as it was written. */
  readonly tree: Readonly<Record<string, unknown>>;
}

export interface Yard {
  readonly folder: string;
  readonly server: TokenServer;
  readonly realm: string;
  readonly authority: TestAuthority;
  /** Of the wharfpass. */
  readonly caPath: string;
  write(name: string, text: string): string;
  registry(change?: RegistryChange): Promise<RunningRegistry>;
  configuration(change?: RegistryChange): Promise<Record<string, unknown>>;
  serve(handler: Handler, tls?: ServerCertificate): Promise<string>;
  proxy(target: string, spoil: Spoil): Promise<string>;
  /** Milliseconds that the wharfpass is ahead of everybody else. */
  setAhead(by: number): void;
  examine(registry: string, more?: Partial<WalkOptions>): Promise<Finding[]>;
  close(): Promise<void>;
}

const SETTINGS = `
services:
  kids: { header: kid-jwks }
  old: { header: kid-libtrust }
  refreshing: { refresh_tokens: true }
`;

export async function openYard(): Promise<Yard> {
  const folder = mkdtempSync(join(tmpdir(), 'wharfpass-doctor-'));
  const server = await startTokenServer(SETTINGS);
  const realm = `${server.url.replace('127.0.0.1', 'localhost')}/token`;
  const authority = makeAuthority(folder);
  const closers: (() => Promise<unknown>)[] = [];
  let ahead = 0;
  const caPath = join(folder, 'ca.crt');
  writeFileSync(caPath, server.keys.caCertificatePem());

  const configuration = async ({ token, auth, http, tls }: RegistryChange = {}) => ({
    version: 0.1,
    log: { level: 'error' },
    storage: {
      filesystem: { rootdirectory: join(folder, randomBytes(4).toString('hex')) },
      delete: { enabled: true },
    },
    http: {
      addr: `127.0.0.1:${await freePort()}`,
      secret: 'of the test',
      ...(tls !== undefined && { tls: { certificate: tls.certFile, key: tls.keyFile } }),
      ...http,
    },
    ...(auth !== null && {
      auth: auth ?? {
        token: {
          realm,
          service: 'container_registry',
          issuer: 'wharfpass',
          rootcertbundle: caPath,
          ...token,
        },
      },
    }),
  });
  const serve = async (handler: Handler, tls?: ServerCertificate, maxHeaderSize?: number) => {
    const size = maxHeaderSize === undefined ? {} : { maxHeaderSize };
    const http: Server = tls
      ? createTlsServer({ cert: tls.cert, key: tls.key, ...size }, handler)
      : createServer(size, handler);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    closers.push(async () => {
      http.closeAllConnections();
      http.close();
    });
    return `http${tls ? 's' : ''}://localhost:${(http.address() as AddressInfo).port}`;
  };

  return {
    folder,
    server,
    realm,
    authority,
    caPath,
    configuration,
    write(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    async registry(change = {}) {
      const tree = await configuration(change);
      const file = join(folder, `${randomBytes(4).toString('hex')}.yml`);
      writeFileSync(file, JSON.stringify(tree));
      const { addr } = tree.http as { addr: string };
      const url = `http${change.tls ? 's' : ''}://${addr.replace('127.0.0.1', 'localhost')}`;
      const ready = async (): Promise<boolean> =>
        change.tls ? taken(addr) : (await fetch(`http://${addr}/v2/`)).status > 0;
      const env = plainEnvironment({ OTEL_TRACES_EXPORTER: 'none' });
      const program = change.program ?? 'docker-registry';
      const service = await startService(program, ['serve', file], { env, ready });
      closers.push(() => service.stop('SIGKILL'));
      return { url, tree };
    },
    serve,
    proxy: (target, spoil) => serve(pass(target, spoil), spoil.tls, spoil.maxHeaderSize),
    setAhead: (by) => void (ahead = by),
    async examine(registry, more = {}) {
      // The server's clock stands still until it is moved, and registries go by the machine's.
      server.clock.advance(Date.now() + ahead - server.clock.now());
      const findings = await walk({ ...DEFAULTS, registry: new URL(registry), ...more });
      const secret = more.credential?.secret.reveal();
      const said = JSON.stringify(findings);
      if (secret !== undefined && said.includes(secret)) throw new Error('it says the secret');
      if (/eyJ[\w-]{20}/.test(said)) throw new Error('it says a token');
      return findings;
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const DEFAULTS: Omit<WalkOptions, 'registry'> = {
  credential: null,
  repository: null,
  insecure: false,
  deep: false,
  deadline: 3000,
  authorities: undefined,
  configuration: null,
  local: null,
  clock: systemClock,
  wrongSecret: () => randomBytes(12).toString('hex'),
};

async function taken(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.destroy();
  return true;
}

/** Hands everything to the target and its answer back, changed as told. */
function pass(target: string, spoil: Spoil): Handler {
  return (req, res) => {
    if (spoil.instead?.(req, res)) return;
    const path = spoil.path?.(req.url ?? '/') ?? req.url ?? '/';
    const kept = without(req.headers, 'connection');
    const headers = spoil.request?.(kept) ?? kept;
    const options = { method: req.method ?? 'GET', headers };
    const url = new URL(path, target.replace('localhost', '127.0.0.1'));
    const onward = request(url, options, (answer) => {
      handBack(answer, res, spoil, path).catch(() => res.destroy());
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  };
}

async function handBack(
  answer: IncomingMessage,
  res: ServerResponse,
  spoil: Spoil,
  path: string,
): Promise<void> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  const body = spoil.body?.(text, path) ?? text;
  const given = without(without(answer.headers, 'content-length'), 'transfer-encoding');
  res.writeHead(answer.statusCode ?? 502, spoil.response?.(given) ?? given).end(body);
}

export const without = (headers: IncomingHttpHeaders, name: string): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));

export const login = (username: string, secret: string) => ({
  username,
  secret: new Secret(secret),
});

/** What is not well, in the order in which it was found: `step code`. */
export const problems = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ step, code }) => (code === null ? [] : [`${step} ${code}`]));

export const html: Handler = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><h1>Welcome</h1>');
};

export const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_req, res) =>
    void res.writeHead(code, headers).end();

/** The URL of the Redis that the settings name, taken apart and checked. */
import { AppError } from '../../../errors.ts';
import { Secret } from '../../../credential/secret.ts';
import { endpointText, type Endpoint } from './endpoint.ts';

/** A user of an ACL, or only a password (the user `default`), or neither. */
export interface Login {
  readonly username: string | undefined;
  readonly password: Secret | undefined;
}

interface Common {
  readonly tls: boolean;
  readonly login: Login;
}

export type RedisAddress =
  | (Common & { readonly kind: 'single'; readonly server: Endpoint; readonly db: number })
  | (Common & {
      readonly kind: 'sentinel';
      readonly sentinels: readonly Endpoint[];
      /** What the Sentinels call the primary. */
      readonly name: string;
      readonly db: number;
      readonly sentinelLogin: Login;
    })
  | (Common & { readonly kind: 'cluster'; readonly nodes: readonly Endpoint[] });

const SCHEME = /^redis(s?)(?:\+(sentinel|cluster))?:\/\//;
const HOST =
  /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))(?::(\d{1,5}))?$/;
const NAME = /^[A-Za-z0-9._-]+$/;
const PORTS = { single: 6379, sentinel: 26379, cluster: 6379 } as const;

const FORMS = {
  single: 'redis[s]://[user:password@]host:port[/db]',
  sentinel:
    'redis[s]+sentinel://[user:password@]h1:26379,h2:26379,h3:26379/name[/db][?sentinel_username=..&sentinel_password=..]',
  cluster: 'redis[s]+cluster://[user:password@]h1:7000,h2:7001,h3:7002',
} as const;

type Kind = keyof typeof FORMS;

function wrong(what: string, kind?: Kind): AppError {
  const forms = kind === undefined ? Object.values(FORMS).join(' or ') : FORMS[kind];
  return new AppError('bad_request', `The URL of Redis is wrong: ${what}. The form is ${forms}.`);
}

/** @throws AppError where a `%` is not followed by two hexadecimal digits that make UTF-8 */
function decoded(text: string, what: string, kind: Kind): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`${what} has a % that encodes no character; write a % itself as %25`, kind);
  }
}

function readLogin(text: string | undefined, kind: Kind): Login {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  if (colon === -1) throw wrong('before the @ there is no colon between user and password', kind);
  const username = decoded(text.slice(0, colon), 'the user', kind);
  const password = decoded(text.slice(colon + 1), 'the password', kind);
  if (password === '') throw wrong('the password is empty', kind);
  return { username: username === '' ? undefined : username, password: new Secret(password) };
}

function readEndpoint(text: string, kind: Kind): Endpoint {
  const match = HOST.exec(text);
  if (match === null) {
    // The text may be part of a password with an unescaped @ or /, so it is not repeated.
    throw wrong('a host is no name or address, or its port no number', kind);
  }
  const port = match[3] === undefined ? PORTS[kind] : Number(match[3]);
  if (port < 1 || port > 65_535) throw wrong(`the port ${port} is not from 1 to 65535`, kind);
  return { host: match[1] ?? match[2] ?? '', port };
}

function readDb(text: string | undefined, kind: Kind): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,5}$/.test(text)) throw wrong('the database after the last / is no number', kind);
  return Number(text);
}

function readSentinelLogin(query: string): Login {
  const given = new URLSearchParams(query);
  for (const key of given.keys()) {
    if (key !== 'sentinel_username' && key !== 'sentinel_password') {
      throw wrong('after the ? only sentinel_username and sentinel_password may stand', 'sentinel');
    }
  }
  const username = given.get('sentinel_username') ?? undefined;
  const password = given.get('sentinel_password') ?? undefined;
  if (username !== undefined && password === undefined) {
    throw wrong('sentinel_username is given without sentinel_password', 'sentinel');
  }
  return { username, password: password === undefined ? undefined : new Secret(password) };
}

/**
 * @param url one of the three forms; user and password percent-encoded
 * @throws AppError `bad_request`, a sentence that says what is wrong and gives the form, never a part of the password
 */
export function parseRedisAddress(url: Secret): RedisAddress {
  const text = url.reveal().trim();
  const scheme = SCHEME.exec(text);
  if (scheme === null) throw wrong('it does not start with one of the known schemes');
  const kind = (scheme[2] ?? 'single') as Kind;
  const [rest = '', query, ...more] = text.slice(scheme[0].length).split('?');
  if (rest.includes('#') || more.length > 0) throw wrong('it has a # or a second ?', kind);
  if (query !== undefined && kind !== 'sentinel') throw wrong('nothing may follow a ?', kind);
  const at = rest.lastIndexOf('@');
  const login = readLogin(at === -1 ? undefined : rest.slice(0, at), kind);
  const [hosts = '', first, second, ...others] = rest.slice(at + 1).split('/');
  if (hosts === '') throw wrong('there is no host', kind);
  if (others.length > 0) throw wrong('there are too many parts after the hosts', kind);
  const endpoints = hosts.split(',').map((host) => readEndpoint(host, kind));
  const common = { tls: scheme[1] === 's', login };
  if (kind === 'sentinel') {
    if (first === undefined || !NAME.test(first)) {
      throw wrong('the name of the primary must follow the hosts', kind);
    }
    const sentinelLogin = readSentinelLogin(query ?? '');
    const db = readDb(second, kind);
    return { ...common, kind, sentinels: endpoints, name: first, db, sentinelLogin };
  }
  if (second !== undefined) throw wrong('there are too many parts after the hosts', kind);
  if (kind === 'cluster') {
    if (readDb(first, kind) !== 0) throw wrong('a cluster has no databases', kind);
    return { ...common, kind, nodes: endpoints };
  }
  const [server, extra] = endpoints;
  if (server === undefined || extra !== undefined) {
    throw wrong('several hosts need redis+sentinel:// or redis+cluster://', kind);
  }
  return { ...common, kind, server, db: readDb(first, kind) };
}

/** For logs and for people: where it leads to, without user or password. */
export function describeAddress(address: RedisAddress): string {
  const scheme = address.tls ? 'rediss' : 'redis';
  const list = (endpoints: readonly Endpoint[]): string => endpoints.map(endpointText).join(',');
  switch (address.kind) {
    case 'single':
      return `${scheme}://${endpointText(address.server)}/${address.db}`;
    case 'sentinel':
      return `${scheme}+sentinel://${list(address.sentinels)}/${address.name}/${address.db}`;
    case 'cluster':
      return `${scheme}+cluster://${list(address.nodes)}`;
  }
}

/** How many replicas must have a change, where the settings leave it to the form of the URL. */
export function replicasFor({ kind }: RedisAddress, configured: number | undefined): number {
  return configured ?? (kind === 'single' ? 0 : 1);
}

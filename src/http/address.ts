import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Settings } from '../settings/schema.ts';

export interface Address {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** @param listen `host:port`, an IPv6 host in brackets */
export function parseAddress(listen: string): Address {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(listen.slice(colon + 1)) };
}

export function urlOf({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What a registry's `auth.token.realm` is set to. */
export function realmOf(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/token`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** What stops a start must say which of the addresses it is about: that of the setting `<section>.listen`. */
export function cannotListen(
  section: 'api' | 'metrics',
  address: string,
  { code = 'unknown error' }: NodeJS.ErrnoException,
): AppError {
  const variable = `WHARFPASS_${section.toUpperCase()}__LISTEN`;
  const fault =
    code === 'EADDRINUSE'
      ? `the address ${address} is in use: another wharfpass, or another program`
      : `this machine cannot serve on ${address} (${code})`;
  const advice = `Set ${variable} to another host:port, or to off.`;
  return new AppError('conflict', `${section}.listen: ${fault}. ${advice}`);
}

/** Secrets on an open network are everybody's: who listens on one with no TLS in front is told so (JOB-18). */
export function warnOfPlainHttp(settings: Settings, log: Logger): void {
  warnOfPlainApi(settings, log);
  const { host } = parseAddress(settings.listen);
  if (isLoopback(host) || settings.public_url?.startsWith('https:') === true) return;
  log.warn(
    { listen: settings.listen },
    'passwords and tokens travel unencrypted: put a TLS proxy in front and set public_url to its https address',
  );
}

/** `public_url` says nothing about a listener of the API's own. */
function warnOfPlainApi({ api: { listen } }: Settings, log: Logger): void {
  if (listen === undefined || listen === 'off' || isLoopback(parseAddress(listen).host)) return;
  log.warn(
    { listen },
    'tokens of administrators travel to api.listen unencrypted: let it listen on loopback behind a TLS proxy',
  );
}

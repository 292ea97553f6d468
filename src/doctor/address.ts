/** What a URL's host says about who can reach it. */
import { isIP } from 'node:net';

/** Without the brackets of an IPv6 address. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

export const isIpLiteral = (url: URL): boolean => isIP(hostOf(url)) !== 0;

/** True if what is sent there does not leave this machine. */
export function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** True if nobody on the way can read what is sent there. */
export const isPrivateLine = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);

/** The paths at which wharfpass gives tokens. */
const TOKEN_PATHS = /(\/auth\/token|\/jwt\/auth|\/token)\/?$/;

/** Where the other paths of a wharfpass stand if the realm is one; null if its path is none of ours. */
export function serverBaseOf(realm: URL): string | null {
  if (!TOKEN_PATHS.test(realm.pathname)) return null;
  return realm.origin + realm.pathname.replace(TOKEN_PATHS, '');
}

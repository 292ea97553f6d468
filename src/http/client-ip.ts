import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `::ffff:10.0.0.1` is how a dual-stack socket spells 10.0.0.1. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

function blockList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    if (bits === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(bits), family(address));
  }
  return list;
}

export type ClientIp = (req: IncomingMessage) => string | null;

/**
 * Where a request comes from. X-Forwarded-For is believed only from the listed proxies, and then its right-most address
 * that is none of them: everything left of it is the client's own claim.
 *
 * @param proxies addresses or CIDR ranges
 */
export function createClientIp(proxies: readonly string[]): ClientIp {
  const trusted = blockList(proxies);
  const isProxy = (address: string): boolean =>
    isIP(address) !== 0 && trusted.check(address, family(address));
  return (req) => {
    const socket = plain(req.socket.remoteAddress ?? '');
    const forwarded = req.headers['x-forwarded-for'];
    if (proxies.length === 0 || forwarded === undefined || !isProxy(socket)) return socket || null;
    const hops = String(forwarded)
      .split(',')
      .map((hop) => plain(hop.trim()));
    const client = hops.findLast((hop) => !isProxy(hop));
    return client !== undefined && isIP(client) !== 0 ? client : socket;
  };
}

import { isIPv6 } from 'node:net';

/** The eight groups of an address that `isIPv6` takes, with what `::` stands for. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const split = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [split(head), split(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
}

/**
 * One key for those who share an address: the address itself, or of IPv6 its /64, all of which one machine may have
 * (RFC 6177). Nobody's address is a key too.
 */
export function addressKey(ip: string | null): string {
  if (ip === null || !isIPv6(ip)) return ip ?? 'unknown';
  const network = groupsOf(ip).slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

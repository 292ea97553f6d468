import { systemClock, type Clock } from '../../../../src/clock.ts';
import { Secret } from '../../../../src/credential/secret.ts';
import { checkDeployment } from '../../../../src/store/redis/checks/check-deployment.ts';
import type { Finding } from '../../../../src/store/redis/checks/finding.ts';
import { gatherDeployment } from '../../../../src/store/redis/checks/gather.ts';
import { parseRedisAddress } from '../../../../src/store/redis/connection/address.ts';
import type { TlsFiles } from '../../../../src/store/redis/connection/tls.ts';

export interface AskOptions {
  readonly checkUrl?: string;
  readonly tls?: TlsFiles;
  readonly replicas?: number;
  readonly prefix?: string;
  readonly clock?: Clock;
}

export const addressOf = (url: string) => parseRedisAddress(new Secret(url));

export const gatherOptions = (url: string, options: AskOptions = {}) => {
  const { checkUrl, tls, replicas = 0, prefix = 'wharfpass', clock = systemClock } = options;
  return {
    address: addressOf(url),
    checkAddress: checkUrl === undefined ? undefined : addressOf(checkUrl),
    ...(tls && { tls }),
    replicas,
    prefix,
    clock,
  };
};

/** What the checks find, but for holes of the version that happens to be installed. */
export async function findingsAt(url: string, options: AskOptions = {}): Promise<Finding[]> {
  const findings = checkDeployment(await gatherDeployment(gatherOptions(url, options)));
  return findings.filter(({ text }) => !text.includes('the hole CVE-'));
}

/** The name and value in `redis-server --name value`. */
export function optionIn(finding: Finding): [string, string] {
  const line = finding.mend.find((way) => way.startsWith('redis-server --')) ?? '';
  const [, name = '', value = ''] = /^redis-server --(\S+) (\S+)$/.exec(line) ?? [];
  return [name, value];
}

/** The arguments of `redis-cli …`. */
export function commandIn(finding: Finding): string[] {
  const line = finding.mend.find((way) => way.startsWith('redis-cli ')) ?? '';
  return line.split(' ').slice(1);
}

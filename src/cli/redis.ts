/** What `wharfpass check` says of Redis: what the settings mean, and what the servers answer. */
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import type { Finding as ServerFinding } from '../store/redis/checks/finding.ts';
import type { RedisAddress } from '../store/redis/connection/address.ts';
import type { Finding } from './checks.ts';

/** Loaded late: other commands need none of it. */
const parts = () =>
  Promise.all([
    import('../store/redis/checks/gather.ts'),
    import('../store/redis/checks/check-deployment.ts'),
    import('../store/redis/connection/address.ts'),
  ]);

const FORMS = {
  single: 'one server',
  sentinel: 'a primary that Sentinels name',
  cluster: 'a Cluster',
} as const;

const line = (state: Finding['state'], text: string, mend?: readonly string[]): Finding => ({
  state,
  text: `redis     ${text}`,
  ...(mend !== undefined && mend.length > 0 && { mend }),
});

function acknowledgement(replicas: number): string {
  if (replicas === 0) return 'a change is acknowledged when this server has it on its disk';
  const many = replicas === 1 ? '1 replica besides the primary has' : `${replicas} replicas have`;
  return `a change is acknowledged when ${many} it (WAIT ${replicas})`;
}

function shown(finding: ServerFinding, unsafe: boolean): Finding {
  const { level, servers, text, mend } = finding;
  const bad = level === 'refusal' && !unsafe;
  const words = level === 'refusal' && unsafe ? `UNSAFE: ${text}` : text;
  return line(bad ? 'bad' : 'note', `${servers.join(', ')}: ${words}`, mend);
}

async function ask(redis: Settings['redis'], address: RedisAddress, clock: Clock) {
  const [{ gatherDeployment }, { checkDeployment }, { parseRedisAddress, replicasFor }] =
    await parts();
  return checkDeployment(
    await gatherDeployment({
      address,
      checkAddress: redis.check_url && parseRedisAddress(redis.check_url),
      tls: redis.tls,
      replicas: replicasFor(address, redis.replicas),
      prefix: redis.prefix,
      clock,
    }),
  );
}

/** Nothing where there is no Redis. Never shows a password. */
export async function checkRedis({ redis }: Settings, clock: Clock): Promise<Finding[]> {
  if (redis.url === undefined) return [];
  const said: Finding[] = [];
  try {
    const [, , { describeAddress, parseRedisAddress, replicasFor }] = await parts();
    const address = parseRedisAddress(redis.url);
    const form = FORMS[address.kind];
    said.push(line('good', `${describeAddress(address)}: ${form}, prefix ${redis.prefix}`));
    said.push(line('good', acknowledgement(replicasFor(address, redis.replicas))));
    const findings = await ask(redis, address, clock);
    said.push(...findings.map((finding) => shown(finding, redis.unsafe)));
    if (findings.length === 0) said.push(line('good', 'its servers are set up well'));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const away = error.code === 'store_unavailable';
    const text = away ? `cannot be reached: ${error.detail ?? error.message}` : error.message;
    said.push(line('bad', text));
  }
  return said;
}

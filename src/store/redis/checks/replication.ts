/** Whether a failover can lose what was acknowledged, and whether two primaries can serve at once. */
import { linkedTo, serversOf, settingOf, type Deployment, type Shard } from './deployment.ts';
import { setting, type Finding } from './finding.ts';

/** Seconds. A primary that was cut off serves for this long, as does nothing else in the store. */
const LONGEST_LAG = 2;

/** With this many replicas besides a primary, no two primaries can both have enough. */
const majorityBeside = (shard: Shard): number => Math.floor((1 + shard.known) / 2);

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

function waitsForTooFew(shard: Shard, { wanted }: Deployment): Finding[] {
  const needed = majorityBeside(shard);
  if (wanted >= needed) return [];
  const text = `redis.replicas is ${wanted}, but of its ${1 + shard.known} servers ${needed} besides the primary make a majority: a failover could lose what was acknowledged`;
  const mend = [`WHARFPASS_REDIS__REPLICAS=${needed}`];
  return [{ level: 'refusal', servers: [shard.primary.name], text, mend }];
}

/** A replica may be the primary one day, so the rule is for it as well. */
function cutOffPrimary(shard: Shard, { wanted }: Deployment): Finding[] {
  const needed = Math.max(wanted, majorityBeside(shard));
  return serversOf(shard).flatMap((server) => {
    const servers = [server.name];
    const found: Finding[] = [];
    const replicas = numberOf(settingOf(server, 'min-replicas-to-write'));
    if (replicas !== undefined && replicas < needed) {
      const text = `min-replicas-to-write is ${replicas}: a primary that was cut off from its replicas would go on admitting jobs that are finished`;
      const mend = setting('min-replicas-to-write', needed);
      found.push({ level: 'refusal', servers, text, mend });
    }
    const lag = numberOf(settingOf(server, 'min-replicas-max-lag'));
    if (lag !== undefined && (lag < 1 || lag > LONGEST_LAG)) {
      const means =
        lag < 1 ? 'min-replicas-to-write has no effect' : `it notices only after ${lag} s`;
      const text = `min-replicas-max-lag is ${lag}: ${means} when a primary is cut off`;
      const mend = setting('min-replicas-max-lag', LONGEST_LAG);
      found.push({ level: 'refusal', servers, text, mend });
    }
    return found;
  });
}

function links(shard: Shard, { wanted }: Deployment): Finding[] {
  const { primary } = shard;
  const servers = [primary.name];
  const linked = linkedTo(primary);
  const has = `${linked} replica${linked === 1 ? ' is' : 's are'} linked`;
  const set = numberOf(settingOf(primary, 'min-replicas-to-write')) ?? 0;
  const needed = Math.max(wanted, set);
  const mend = [`redis-server --replicaof ${primary.name.replace(/:(\d+)$/, ' $1')}`];
  if (linked < needed) {
    const text = `${has}, and ${needed} must have each change: nothing could be acknowledged`;
    return [{ level: 'refusal', servers, text, mend }];
  }
  if (linked > needed) return [];
  const text = `${has}, and ${needed} must have each change: none of them may fail. One more lets one fail`;
  return [{ level: 'warning', servers, text, mend }];
}

function readOnly(shard: Shard): Finding[] {
  return serversOf(shard)
    .filter((server) => settingOf(server, 'replica-read-only') === 'no')
    .map(({ name }) => ({
      level: 'warning',
      servers: [name],
      text: 'replica-read-only is no: a replica that takes changes has another truth (and CVE-2026-23631 needs it)',
      mend: setting('replica-read-only', 'yes'),
    }));
}

function silent({ silent: names }: Shard, { form }: Deployment): Finding[] {
  return names.map(({ name, reason }) => ({
    level: form === 'single' ? 'note' : 'warning',
    servers: [name],
    text: `this replica cannot be asked from here (${reason}), so its settings were not checked`,
    mend: [],
  }));
}

function unusedReplica({ primary, known }: Shard): Finding[] {
  if (known === 0) return [];
  const text =
    'it has a replica that nothing waits for (redis.replicas is 0): were that made the primary, what was acknowledged last would be lost';
  const mend = ['WHARFPASS_REDIS__REPLICAS=1', 'a redis+sentinel:// URL, where Sentinels watch it'];
  return [{ level: 'warning', servers: [primary.name], text, mend }];
}

export const isReplicated = ({ form, wanted }: Deployment): boolean =>
  form !== 'single' || wanted > 0;

export function checkReplication(shard: Shard, deployment: Deployment): Finding[] {
  const rules = isReplicated(deployment)
    ? [waitsForTooFew, cutOffPrimary, links, readOnly, silent]
    : [unusedReplica, silent];
  return rules.flatMap((rule) => rule(shard, deployment));
}

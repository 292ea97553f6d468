import { serversOf, type Deployment, type Shard } from './deployment.ts';
import { checkDurability } from './durability.ts';
import { merged, type Finding } from './finding.ts';
import { checkReplication, isReplicated } from './replication.ts';
import {
  checkClock,
  checkCluster,
  checkContents,
  checkForm,
  checkPermission,
} from './surroundings.ts';
import { checkVersion } from './version.ts';

function checkShard(shard: Shard, deployment: Deployment): Finding[] {
  const wrong = checkForm(shard.primary, deployment);
  // What another kind of server says of itself would only confuse.
  if (wrong.length > 0) return wrong;
  const replicated = isReplicated(deployment);
  const each = serversOf(shard).flatMap((server) => [
    ...checkVersion(server, deployment.tls),
    ...checkPermission(server, deployment),
    ...checkDurability(server, replicated),
    ...(deployment.form === 'cluster' ? checkCluster(server) : []),
    ...checkClock(server),
  ]);
  return [...each, ...checkReplication(shard, deployment)];
}

/** Everything that is wrong or worth knowing, all at once, the worst first. Pure. */
export function checkDeployment(deployment: Deployment): Finding[] {
  const found = deployment.shards.flatMap((shard) => checkShard(shard, deployment));
  return merged([...found, ...checkContents(deployment)]);
}

/** From an address to the servers behind it. */
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '../../../log.ts';
import type { RedisAddress } from './address.ts';
import type { Access } from './client-options.ts';
import { lookAtCluster } from './look-cluster.ts';
import { lookAtSentinels } from './look-sentinel.ts';
import { openNode } from './node.ts';
import { fixedRoute, type Route } from './route.ts';
import { watchedRoute } from './watched-route.ts';

/** How the servers that hold the data are entered. */
export function accessOf(address: RedisAddress, tls: ConnectionOptions): Access {
  return {
    login: address.login,
    db: address.kind === 'cluster' ? 0 : address.db,
    tls: address.tls ? tls : undefined,
  };
}

export function openRoute(address: RedisAddress, access: Access, log: Logger): Route {
  switch (address.kind) {
    case 'single':
      return fixedRoute(openNode(address.server, access, log));
    case 'sentinel': {
      const sentinelAccess = { login: address.sentinelLogin, db: 0, tls: access.tls };
      const openLook = (onReady: () => void) =>
        lookAtSentinels(address.sentinels, address.name, sentinelAccess, log, onReady);
      return watchedRoute({ access, log, openLook });
    }
    case 'cluster': {
      const openLook = (onReady: () => void) => lookAtCluster(address.nodes, access, log, onReady);
      return watchedRoute({ access, log, openLook });
    }
  }
}

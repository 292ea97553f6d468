import { relative } from 'node:path';
import type { RunningServer } from '../compose.ts';
import type { Settings } from '../settings/schema.ts';

/** What a person who has just started the server needs next. */
export function banner(server: RunningServer, settings: Settings, cwd: string): string {
  const { url, realm, adminTokenPath } = server;
  const adminToken =
    adminTokenPath === null ? 'the one that you configured' : shortest(adminTokenPath, cwd);
  const { registry } = settings;
  const login =
    adminTokenPath === null
      ? `docker login ${registry} --username root`
      : `docker login ${registry} --username root --password-stdin < ${shortest(adminTokenPath, cwd)}`;
  return `
wharfpass serves on ${url}

  realm          ${realm}
  CA             ${shortest(server.caPath, cwd)}
  admin token    ${adminToken}
  REST API       ${server.apiUrl === null ? 'off (api.listen)' : `${server.apiUrl}/api/v4`}
  metrics        ${server.metricsUrl ?? noMetrics(settings)}

Next, in another terminal:
  1. start a registry    docker-registry serve registry-config.yml
                         (newer ones: registry serve registry-config.yml)
  2. log in              ${login}
  3. push and pull       README.md: a first push and pull in five minutes

Ctrl-C ends it.
`;
}

function noMetrics({ metrics: { listen } }: Settings): string {
  return listen === 'off' ? 'off (metrics.listen)' : `none: ${listen} is in use (metrics.listen)`;
}

/** The path as one would type it. */
function shortest(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}

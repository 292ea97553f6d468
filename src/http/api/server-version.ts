/** What answers here, in GitLab's words, for clients that ask before they do anything else. */
import { z } from 'zod';
import { packageVersion } from '../../package-version.ts';
import { ok, route, type Route } from './route.ts';

const SCOPES = ['api', 'read_api', 'read_user'] as const;

const version = packageVersion();
/** In place of GitLab's Git commit: tells that this is no GitLab, whatever the number says. */
const revision = 'wharfpass';

const fields = {
  version: z.string().meta({ example: version }),
  revision: z.literal(revision),
};

export const serverVersionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/version',
    action: 'version.show',
    summary: 'Shows the version of the server.',
    answer: { status: 200, body: z.strictObject(fields).meta({ id: 'Version' }) },
    callers: 'user',
    scopes: SCOPES,
    handler: async () => ok({ version, revision }),
  }),
  route({
    method: 'get',
    path: '/metadata',
    action: 'metadata.show',
    summary: 'Shows the version of the server, and what GitLab would have besides.',
    answer: {
      status: 200,
      body: z
        .strictObject({
          ...fields,
          registry: z.string().meta({
            description:
              'host[:port] of the registry, as jobs are told it; GitLab has no such field',
            example: 'registry.example.com',
          }),
          enterprise: z.literal(false),
          kas: z.strictObject({
            enabled: z.literal(false),
            externalUrl: z.null(),
            externalK8sProxyUrl: z.null(),
            version: z.null(),
          }),
        })
        .meta({ id: 'Metadata' }),
    },
    callers: 'user',
    scopes: SCOPES,
    handler: async (_request, { settings }) =>
      ok({
        version,
        revision,
        registry: settings.registry,
        enterprise: false,
        kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
      }),
  }),
];

/** What an administrator sees of the two tenants, as text: equal before and after says that nothing has changed. */
import { each } from './client.ts';
import type { Scene } from './scene.ts';

const OF_PROJECT = [
  '',
  '/members',
  '/deploy_tokens',
  '/registry_access',
  '/jobs',
  '/converted_job_tokens',
  '/job_token_scope',
  '/job_token_scope/allowlist',
  '/job_token_scope/groups_allowlist',
  '/registry/protection/repository/rules',
  '/registry/protection/tag/rules',
];
const OF_GROUP = ['', '/members', '/deploy_tokens'];
const OF_ALL = ['/users', '/groups', '/projects', '/personal_access_tokens?state=active'];

/** Uses are noted in the background, and are no change. */
const withoutUses = (text: string): string => text.replace(/"last_used_at":("[^"]*"|null)/g, '""');

export async function stateOf({ client, places, callers }: Scene): Promise<string> {
  const admin = callers.find(({ name }) => name === 'administrator');
  const all = [places.home, places.sibling, places.hidden, places.internal, places.open];
  const paths = [
    ...OF_ALL,
    ...all.flatMap(({ ids }) => [
      ...OF_PROJECT.map((rest) => `/projects/${ids['/projects/:id']}${rest}`),
      ...OF_GROUP.map((rest) => `/groups/${ids['/groups/:id']}${rest}`),
    ]),
  ];
  const states = await each(paths, async (path) => {
    const query = `${path.includes('?') ? '&' : '?'}per_page=100`;
    const list = /^\/(projects|groups)\/\d+($|\/(registry|job_token_scope$|job_token_scope\?))/;
    const url = `/api/v4${path}${list.test(path) ? '' : query}`;
    const got = await client.send({ method: 'GET', path: url, headers: admin?.headers ?? {} });
    if (got.status !== 200) throw new Error(`GET ${url} → ${got.status} ${got.text}`);
    return `${path} ${withoutUses(got.text)}`;
  });
  return states.join('\n');
}

/** Bodies that name something: what the caller may not see is answered like what does not exist. */
import { expect, test } from '@jest/globals';
import type { Place } from './places.ts';
import { wholeOf } from './run-cell.ts';
import type { Scene } from './scene.ts';

const scope = ({ projectPath }: Place) => `repository:${projectPath}:pull`;
const explain = '/registry_access/explain';
const lists = '/projects/:id/job_token_scope';

const REFERENCES: readonly (readonly [string, string, (place: Place) => object])[] = [
  [
    'target_project_id',
    `${lists}/allowlist`,
    ({ ids }) => ({ target_project_id: ids['/projects/:id'] }),
  ],
  [
    'target_group_id',
    `${lists}/groups_allowlist`,
    ({ ids }) => ({ target_group_id: ids['/groups/:id'] }),
  ],
  [
    'source_project_id',
    `${lists}/auth_log/allow`,
    ({ ids }) => ({ source_project_id: ids['/projects/:id'] }),
  ],
  [
    'namespace_id, an id',
    '/projects',
    ({ ids }) => ({ path: 'x', namespace_id: ids['/groups/:id'] }),
  ],
  [
    'namespace_id, a path',
    '/projects',
    ({ groupPath }) => ({ path: 'x', namespace_id: groupPath }),
  ],
  ['parent_id', '/groups', ({ ids }) => ({ name: 'x', path: 'x', parent_id: ids['/groups/:id'] })],
  [
    'as.in_project',
    explain,
    (place) => ({ scope: scope(place), as: { in_project: place.projectPath } }),
  ],
  [
    'as.job',
    explain,
    (place) => ({
      scope: scope(place),
      as: { job: { project: place.projectPath, id: place.ids['/projects/:id/jobs/:job_id'] } },
    }),
  ],
  [
    'as.deploy_token',
    explain,
    (place) => ({
      scope: scope(place),
      as: {
        deploy_token: {
          project: place.projectPath,
          id: place.ids['/projects/:id/deploy_tokens/:token_id'],
        },
      },
    }),
  ],
];

export function references(scene: () => Scene): void {
  test.each(REFERENCES)(
    'T43: %s of POST %s: what is hidden is not there',
    async (_field, path, body) => {
      const { client, callers, places } = scene();
      const caller = callers.find(({ name }) => name === 'Owner of the group');
      if (caller === undefined) throw new Error('no Owner');
      const [there, nowhere] = await Promise.all(
        [places.hidden, places.nothing].map(async (place) => {
          const url = `/api/v4${path.replace(':id', String(places.home.ids['/projects/:id']))}`;
          const got = await client.send({
            method: 'POST',
            path: url,
            headers: caller.headers,
            body: body(place),
          });
          expect([path, got.status, got.text]).toEqual([path, 404, got.text]);
          return wholeOf({ got, place });
        }),
      );
      expect(there).toBe(nowhere);
    },
  );
}

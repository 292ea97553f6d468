/** What a job's own token opens: its own lease and what is said of itself, and no more. */
import { describe, expect, test } from '@jest/globals';
import type { Scene } from './scene.ts';

export function jobTokens(scene: () => Scene): void {
  describe('job tokens', () => {
    test('T43: a job renews its own lease, and that of no other job', async () => {
      const { world, places, people, client, fresh } = scene();
      const [place] = await fresh(1, '');
      const project = await world.store.directory.project(place?.projectPath ?? '');
      const user = await world.store.directory.user(people.guinea.id);
      if (project === null || user === null) throw new Error('no project or user');
      const own = await world.job(project, user, { lease: 600 });
      const other = await world.job(project, user, { lease: 600 });
      const beat = async (projectId: number | string, jobId: number, token = own.token) => {
        const path = `/api/v4/projects/${projectId}/jobs/${jobId}/heartbeat`;
        const headers = { 'JOB-TOKEN': token.reveal() };
        return (await client.send({ method: 'POST', path, headers })).status;
      };
      expect(await beat(project.id, own.job.id)).toBe(200);
      expect(await beat(encodeURIComponent(project.fullPath), own.job.id)).toBe(200);
      const elsewhere = [places.home, places.hidden].map(({ ids }) => ids['/projects/:id'] ?? 0);
      const strays = await Promise.all([
        beat(project.id, other.job.id),
        ...elsewhere.map((id) => beat(id, own.job.id)),
        beat(999_999_999, own.job.id),
      ]);
      expect(strays).toEqual([404, 404, 404, 404]);
    });

    test.each(['PRIVATE-TOKEN', 'Authorization', 'JOB-TOKEN'])(
      'T43: %s takes no credential of another kind',
      async (header) => {
        const { client, callers } = scene();
        const find = (name: string) =>
          callers.find((caller) => caller.name === name)?.headers ?? {};
        const job = find('job of the project')['JOB-TOKEN'] ?? '';
        const personal = find('administrator')['PRIVATE-TOKEN'] ?? '';
        const deploy = find('deploy token')['PRIVATE-TOKEN'] ?? '';
        const others = header === 'JOB-TOKEN' ? [personal, deploy] : [job, deploy];
        for (const secret of others) {
          const value = header === 'Authorization' ? `Bearer ${secret}` : secret;
          for (const path of ['/user', '/job', '/personal_access_tokens/self']) {
            const headers = { [header]: value };
            const got = await client.send({ method: 'GET', path: `/api/v4${path}`, headers });
            expect([path, got.status]).toEqual([path, 401]);
          }
        }
      },
    );
  });
}

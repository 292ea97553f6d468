/** Nobody lifts anybody above themselves, and nobody unmakes who is above them. */
import { describe, expect, test } from '@jest/globals';
import type { Caller } from './callers.ts';
import { LEVELS, type Role } from './people.ts';
import type { Scene } from './scene.ts';

const NEEDED = { project: 'Maintainer', group: 'Owner' } as const;

async function request(
  { client }: Scene,
  { headers }: Pick<Caller, 'headers'>,
  method: string,
  path: string,
  body?: object,
): Promise<number> {
  const sent = { method, path: `/api/v4${path}`, headers, ...(body !== undefined && { body }) };
  return (await client.send(sent)).status;
}

function named(scene: Scene, name: string): Caller {
  const caller = scene.callers.find((candidate) => candidate.name === name);
  if (caller === undefined) throw new Error(`no caller ${name}`);
  return caller;
}

const roles = Object.keys(LEVELS) as Role[];

/** Role × level × verb: each on one place, with a user of their own. */
function ladder(scene: () => Scene, source: 'project' | 'group'): void {
  test.each(roles)(
    `T43: in a ${source}, %s gives and takes no more than they have`,
    async (role) => {
      const { world, fresh } = scene();
      const [place] = await fresh(1, '');
      const caller = named(scene(), `${role} of the group`);
      const base = `/${source}s/${place?.ids[`/${source}s/:id`]}/members`;
      const may = (level: Role) =>
        LEVELS[role] >= LEVELS[NEEDED[source]] && LEVELS[role] >= LEVELS[level];
      const admin = named(scene(), 'administrator');
      const tried = roles.map(async (level) => {
        const access_level = LEVELS[level];
        const [added, held] = await Promise.all(
          ['adds', 'meets'].map((verb) => world.user(`${source}-${role}-${verb}-${level}`)),
        );
        const own = `${base}/${held?.id}`;
        await request(scene(), admin, 'POST', base, { user_id: held?.id, access_level });
        const add = await request(scene(), caller, 'POST', base, {
          user_id: added?.id,
          access_level,
        });
        const change = await request(scene(), caller, 'PUT', own, { access_level: 10 });
        await request(scene(), admin, 'PUT', own, { access_level });
        return [level, add, change, await request(scene(), caller, 'DELETE', own)];
      });
      const got = await Promise.all(tried);
      const expected = roles.map((level) =>
        may(level) ? [level, 201, 200, 204] : [level, 403, 403, 403],
      );
      expect(got).toEqual(expected);
    },
  );
}

function themselves(scene: () => Scene): void {
  test.each(['Guest', 'Developer', 'Maintainer'])(
    'T43: a %s does not lift themselves, and may leave',
    async (role) => {
      const caller = named(scene(), `${role} of the project alone`);
      const [place] = await scene().fresh(1, '');
      const path = `/projects/${place?.ids['/projects/:id']}/members/${caller.person.id}`;
      const lift = { access_level: 50 };
      expect(await request(scene(), caller, 'PUT', path, lift)).toBe(403);
      expect(await request(scene(), caller, 'DELETE', path)).toBe(204);
      expect(await request(scene(), caller, 'DELETE', path)).toBe(404);
    },
  );
}

function lastOwner(scene: () => Scene): void {
  test('the last Owner of a group neither goes nor steps down, whoever says so', async () => {
    const { world, callers, people } = scene();
    const admin = named(scene(), 'administrator');
    const loner = named(scene(), 'user without memberships');
    const group = await world.group('orphanage');
    const base = `/groups/${group}/members`;
    const own = `${base}/${people.loner.id}`;
    await request(scene(), admin, 'POST', base, { user_id: people.loner.id, access_level: 50 });
    for (const caller of [loner, admin]) {
      expect(await request(scene(), caller, 'PUT', own, { access_level: 40 })).toBe(403);
      expect(await request(scene(), caller, 'DELETE', own)).toBe(403);
    }
    const other = { user_id: callers.at(-1)?.person.id || people.guinea.id, access_level: 50 };
    expect(await request(scene(), loner, 'POST', base, other)).toBe(201);
    expect(await request(scene(), loner, 'DELETE', own)).toBe(204);
  });

  test('an Owner of the group above is Owner enough', async () => {
    const { fresh, people } = scene();
    const [place] = await fresh(1, '');
    const base = `/groups/${place?.ids['/groups/:id']}/members`;
    const admin = named(scene(), 'administrator');
    const member = { user_id: people.newcomer.id, access_level: 50 };
    expect(await request(scene(), admin, 'POST', base, member)).toBe(201);
    const path = `${base}/${people.newcomer.id}`;
    expect(await request(scene(), admin, 'DELETE', path)).toBe(204);
  });
}

export function memberships(scene: () => Scene): void {
  describe('memberships', () => {
    ladder(scene, 'project');
    ladder(scene, 'group');
    themselves(scene);
    lastOwner(scene);
  });
}

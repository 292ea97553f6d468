import { expect } from '@jest/globals';
import type { Directory } from '../../../../src/store/ports.ts';
import {
  ALL,
  groupSource,
  join,
  leave,
  makeGroup,
  makeUser,
  projectSource,
} from '../../fixtures.ts';
import { expectNo } from './insist.ts';
import { NOW } from './lane.ts';
import { reads, readsChanged } from './read-cases.ts';
import type { Cases, Prepare } from './trial.ts';

/** A group that is made once or not at all. */
const makesAGroup: Prepare = ({ store, onlooker, unique }) => {
  const path = unique();
  const make = () => store.directory.apply([makeGroup(path)], NOW);
  return {
    call: make,
    right: async (answer) => {
      const group = await onlooker.directory.group(path);
      expect(answer).toEqual([group?.id]);
    },
    afterwards: async (done) => {
      const { items } = await onlooker.directory.groups({ ...ALL, search: path });
      const found = items.filter(({ fullPath }) => fullPath === path).length;
      expect(found).toBeGreaterThanOrEqual(done ? 1 : 0);
      expect(found).toBeLessThanOrEqual(1);
      if (found === 0) await make();
      else await expectNo('conflict', make);
    },
  };
};

/** Whoever is told that a member has gone is told so by every instance. */
const removesAMember: Prepare = async ({ store, onlooker, world, unique }) => {
  const name = `u${unique()}`;
  await onlooker.directory.apply([makeUser(name), join('project', world.app, name, 30)], NOW);
  const user = await onlooker.directory.userByUsername(name);
  const level = () => onlooker.directory.accessLevel(user?.id ?? 0, projectSource(world.app), NOW);
  const remove = () => store.directory.apply([leave('project', world.app, name)], NOW);
  expect(await level()).toBe(30);
  return {
    call: remove,
    right: async () => {
      const members = await onlooker.directory.members(projectSource(world.app), ALL, {
        inherited: false,
        now: NOW,
      });
      expect(members.items.some(({ userId }) => userId === user?.id)).toBe(false);
    },
    afterwards: async (done) => {
      if (!done && (await level()) > 0) await remove();
      expect(await level()).toBe(0);
    },
  };
};

const QUERY = { repositories: ['acme/team/app', 'acme/none'], homeProjectId: null, now: NOW };

export const directoryCases: Cases<Directory> = {
  facts: {
    'of a user': reads(({ directory }, { world }) =>
      directory.facts({ ...QUERY, userId: world.jane }),
    ),
    'of a job': reads(({ directory }, { world }) =>
      directory.facts({ ...QUERY, userId: world.jane, homeProjectId: world.other }),
    ),
    'of nobody': reads(({ directory }) => directory.facts({ ...QUERY, userId: null })),
  },
  apply: { 'a new group': makesAGroup, 'a member who goes': removesAMember },
  fileManaged: { 'the lot': reads(({ directory }) => directory.fileManaged()) },
  user: { 'who is there': reads(({ directory }, { world }) => directory.user(world.jane)) },
  userByUsername: {
    'who is there': reads(({ directory }) => directory.userByUsername('jane')),
    'who has just come': readsChanged(
      async ({ onlooker, unique }) => {
        const name = `new${unique()}`;
        await onlooker.directory.apply([makeUser(name)], NOW);
        return name;
      },
      ({ directory }, name) => directory.userByUsername(name),
    ),
  },
  users: { some: reads(({ directory }) => directory.users({ offset: 0, limit: 3 })) },
  group: { 'one by path': reads(({ directory }) => directory.group('acme/team')) },
  groups: {
    some: reads(({ directory }) => directory.groups({ offset: 0, limit: 2, search: 'acme' })),
  },
  project: { 'one by path': reads(({ directory }) => directory.project('acme/team/app')) },
  projects: { all: reads(({ directory }) => directory.projects(ALL)) },
  members: {
    'of a group': reads(({ directory }, { world }) =>
      directory.members(groupSource(world.acme), ALL, { inherited: true, now: NOW }),
    ),
  },
  member: {
    'who is none': reads(({ directory }, { world }) =>
      directory.member(projectSource(world.app), world.jane, { inherited: true, now: NOW }),
    ),
  },
  accessLevel: {
    'of a member': reads(({ directory }, { world }) =>
      directory.accessLevel(world.jane, groupSource(world.acme), NOW),
    ),
  },
  allowlist: { one: reads(({ directory }, { world }) => directory.allowlist(world.app)) },
  protectionRules: {
    some: reads(({ directory }, { world }) => directory.protectionRules(world.app)),
  },
};

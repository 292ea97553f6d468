/** What becomes of stored tokens after they were made. */
import { expect } from '@jest/globals';
import type { DeployTokens, PersonalAccessTokens, Store } from '../../../../src/store/ports.ts';
import { until } from '../../../support/redis/child.ts';
import {
  accessToken,
  ALL,
  groupSource,
  hashOf,
  HOUR,
  makeProject,
  projectSource,
} from '../../fixtures.ts';
import { NOW, type Lane } from './lane.ts';
import { reads } from './read-cases.ts';
import { commonCases, deploy, makes, personal, type Token } from './token-cases.ts';
import type { Cases, Prepare } from './trial.ts';

/** A change that may be asked for again. Once it is answered everybody sees it. */
export const changes =
  <Made>(
    make: (lane: Lane) => Promise<Made>,
    ask: (store: Store, made: Made) => Promise<unknown>,
    seen: (store: Store, made: Made) => Promise<unknown>,
  ): Prepare =>
  async (lane) => {
    const { store, onlooker } = lane;
    const made = await make(lane);
    return {
      call: () => ask(store, made),
      right: async (answer) => {
        expect(answer).toMatchObject({});
        expect(await seen(onlooker, made)).toEqual(answer);
      },
      afterwards: async () => {
        const again = await ask(store, made);
        expect(again).toMatchObject({});
        expect(await seen(onlooker, made)).toEqual(again);
      },
    };
  };

const findDeploy = ({ deployTokens }: Store, { id, project }: Token) =>
  deployTokens.find(projectSource(project), id);

const ensures: Prepare = async (lane) => {
  const { store, onlooker, unique } = lane;
  const [project = 0] = await onlooker.directory.apply([makeProject(`acme/${unique()}`)], NOW);
  const secret = { hash: hashOf(unique()), sealed: 'sealed' };
  const ensure = (where: Store) => where.deployTokens.ensureAutomatic(project, secret, NOW);
  const tokens = async () => (await onlooker.deployTokens.list(projectSource(project), ALL)).items;
  return {
    call: () => ensure(store),
    right: async (answer) => {
      expect(answer).toMatchObject({ token: { revokedAt: null, origin: 'auto' } });
      expect(await tokens()).toEqual([(answer as { token: unknown }).token]);
    },
    afterwards: async () => {
      const ensured = await ensure(store);
      expect(await tokens()).toEqual([ensured?.token]);
    },
  };
};

/** One that is refused may have happened; then the secret is there and is nobody else's. */
const rotatesDeploy: Prepare = async (lane) => {
  const { store, onlooker } = lane;
  const token = await makes(deploy)(lane);
  const holder = projectSource(token.project);
  const hash = hashOf(lane.unique());
  const rotation = { hash, sealed: null, graceUntil: NOW + HOUR };
  const rotate = () => store.deployTokens.rotate(holder, token.id, rotation, NOW);
  const expectBoth = async () => {
    const admission = await onlooker.deployTokens.admit(hash);
    expect(admission?.token.secrets).toMatchObject([
      { hash: token.hash, expiresAt: NOW + HOUR },
      { hash, expiresAt: null },
    ]);
  };
  return {
    call: rotate,
    right: async (answer) => {
      expect(answer).toMatchObject({ id: token.id });
      await expectBoth();
    },
    afterwards: async () => {
      if ((await onlooker.deployTokens.admit(hash)) === null) await rotate();
      await expectBoth();
    },
  };
};

async function rotated(lane: Lane): Promise<Token & { readonly first: number }> {
  const token = await makes(deploy)(lane);
  const rotation = { hash: hashOf(lane.unique()), sealed: null, graceUntil: NOW + HOUR };
  const holder = projectSource(token.project);
  const record = await lane.onlooker.deployTokens.rotate(holder, token.id, rotation, NOW);
  return { ...token, first: record?.secrets[0]?.id ?? 0 };
}

export const deployTokenCases: Cases<DeployTokens> = {
  ...commonCases(deploy),
  live: {
    'none of a group': reads(({ deployTokens }, { world }) =>
      deployTokens.live({ holder: groupSource(world.team) }, 0, NOW),
    ),
  },
  ensureAutomatic: { 'where there is none': ensures },
  rotate: { 'a live one': rotatesDeploy },
  endSecret: {
    'the older one': changes(
      rotated,
      ({ deployTokens }, { id, project, first }) =>
        deployTokens.endSecret(projectSource(project), id, first, NOW),
      findDeploy,
    ),
  },
  setRotation: {
    'of a live one': changes(
      makes(deploy),
      ({ deployTokens }, { id, project }) =>
        deployTokens.setRotation(projectSource(project), id, 60),
      findDeploy,
    ),
  },
  expiring: { all: reads(({ deployTokens }) => deployTokens.expiring(NOW + HOUR, ALL, NOW)) },
};

/** The old one is revoked, everywhere and for good, if and only if the new one is there. */
const rotatesPersonal: Prepare = async (lane) => {
  const { store, onlooker } = lane;
  const old = await makes(personal)(lane);
  const hash = hashOf(lane.unique());
  const rotate = () => store.personalAccessTokens.rotate(old.id, { hash, expiresAt: null }, NOW);
  const hasNew = async () => (await onlooker.personalAccessTokens.admit(hash)) !== null;
  const revokedAt = async () => (await onlooker.personalAccessTokens.find(old.id))?.revokedAt;
  return {
    call: rotate,
    right: async (answer) => {
      expect(answer).toMatchObject({ familyId: old.id, hash, revokedAt: null });
      expect([await hasNew(), await revokedAt()]).toEqual([true, NOW]);
    },
    afterwards: async () => {
      expect((await revokedAt()) === NOW).toBe(await hasNew());
      if (!(await hasNew())) await rotate();
      expect([await hasNew(), await revokedAt()]).toEqual([true, NOW]);
    },
  };
};

const revokesFamily: Prepare = async ({ store, onlooker, world, unique }) => {
  const { personalAccessTokens } = onlooker;
  const made = await personalAccessTokens.create(
    accessToken(world.jane, { hash: hashOf(unique()) }),
    NOW,
  );
  const hash = hashOf(unique());
  const last = await personalAccessTokens.rotate(made.id, { hash, expiresAt: null }, NOW);
  const revoke = () => store.personalAccessTokens.revokeFamily(made.id, NOW);
  const isRevoked = async () => (await personalAccessTokens.admit(hash))?.token.revokedAt === NOW;
  return {
    call: revoke,
    right: async (answer) => {
      expect(answer).toEqual([last?.id]);
      expect(await isRevoked()).toBe(true);
    },
    afterwards: async () => {
      await revoke();
      await until('the family is revoked', isRevoked, 2000);
      expect(await revoke()).toEqual([]);
    },
  };
};

export const personalAccessTokenCases: Cases<PersonalAccessTokens> = {
  ...commonCases(personal),
  live: {
    'none of a user': reads(({ personalAccessTokens }, { world }) =>
      personalAccessTokens.live({ userId: world.bob }, 0, NOW),
    ),
  },
  rotate: { 'a live one': rotatesPersonal },
  revokeFamily: { 'with a live one': revokesFamily },
};

import { expect } from '@jest/globals';
import type { DeployTokens, Store } from '../../../../src/store/ports.ts';
import { until } from '../../../support/redis/child.ts';
import { accessToken, ALL, deployToken, hashOf, projectSource } from '../../fixtures.ts';
import { expectNo } from './insist.ts';
import { NOW, type Lane } from './lane.ts';
import { reads, readsChanged } from './read-cases.ts';
import type { Cases, Prepare } from './trial.ts';

export interface Token {
  readonly id: number;
  readonly hash: string;
  readonly project: number;
}

/** What both kinds of stored token have in common. */
export interface Kind {
  create(store: Store, lane: Pick<Lane, 'world'>, hash: string): Promise<{ readonly id: number }>;
  admit(
    store: Store,
    hash: string,
  ): Promise<{ readonly token: { revokedAt: number | null } } | null>;
  revoke(store: Store, token: Token): Promise<{ readonly revokedAt: number | null } | null>;
  find(store: Store, token: Token): Promise<unknown>;
  list(
    store: Store,
    lane: Pick<Lane, 'world'>,
  ): Promise<{ readonly items: readonly { id: number }[] }>;
  touch(store: Store, token: Token): void;
}

export const deploy: Kind = {
  create: ({ deployTokens }, { world }, hash) =>
    deployTokens.create(deployToken(projectSource(world.app), { hash }), NOW),
  admit: ({ deployTokens }, hash) => deployTokens.admit(hash),
  revoke: ({ deployTokens }, { id, project }) =>
    deployTokens.revoke(projectSource(project), id, NOW),
  find: ({ deployTokens }, { id, project }) => deployTokens.find(projectSource(project), id),
  list: ({ deployTokens }, { world }) => deployTokens.list(projectSource(world.app), ALL),
  touch: ({ deployTokens }, { id }) => deployTokens.touch(id, 1, NOW),
};

export const personal: Kind = {
  create: ({ personalAccessTokens }, { world }, hash) =>
    personalAccessTokens.create(accessToken(world.jane, { hash }), NOW),
  admit: ({ personalAccessTokens }, hash) => personalAccessTokens.admit(hash),
  revoke: ({ personalAccessTokens }, { id }) => personalAccessTokens.revoke(id, NOW),
  find: ({ personalAccessTokens }, { id }) => personalAccessTokens.find(id),
  list: ({ personalAccessTokens }, { world }) =>
    personalAccessTokens.list({ userId: world.jane, now: NOW }, ALL),
  touch: ({ personalAccessTokens }, { id }) => personalAccessTokens.touch(id, NOW),
};

export const makes =
  (kind: Kind) =>
  async (lane: Lane): Promise<Token> => {
    const hash = hashOf(lane.unique());
    const { id } = await kind.create(lane.onlooker, lane, hash);
    return { id, hash, project: lane.world.app };
  };

const creates =
  (kind: Kind): Prepare =>
  (lane) => {
    const { store, onlooker } = lane;
    const hash = hashOf(lane.unique());
    let before = new Set<number>();
    return {
      call: async () => kind.create(store, lane, hash),
      right: async (answer) => {
        const { id } = answer as { id: number };
        expect(await kind.admit(onlooker, hash)).toMatchObject({ token: { id, revokedAt: null } });
      },
      refused: async () => {
        before = new Set((await kind.list(onlooker, lane)).items.map(({ id }) => id));
      },
      afterwards: async (done) => {
        const admission = await kind.admit(onlooker, hash);
        if (done) expect(admission).not.toBeNull();
        else if (admission === null) await kind.create(store, lane, hash);
        const { items } = await kind.list(onlooker, lane);
        // At most the one that was asked for has come since.
        if (!done) expect(items.filter(({ id }) => !before.has(id)).length).toBeLessThanOrEqual(1);
        await expectNo('conflict', () => kind.create(store, lane, hash));
      },
    };
  };

/** A revocation that is acknowledged holds everywhere; one that is not holds here at once, and everywhere later. */
export const revokes =
  (kind: Kind): Prepare =>
  async (lane) => {
    const { store, onlooker } = lane;
    const token = await makes(kind)(lane);
    expect(await kind.admit(store, token.hash)).toMatchObject({ token: { revokedAt: null } });
    const isRevoked = async (where: Store): Promise<boolean> =>
      (await kind.admit(where, token.hash))?.token.revokedAt === NOW;
    return {
      call: () => kind.revoke(store, token),
      right: async (answer) => {
        expect(answer).toMatchObject({ id: token.id, revokedAt: NOW });
        expect(await isRevoked(onlooker)).toBe(true);
      },
      refused: async () => {
        const held = await isRevoked(store).catch(() => true);
        expect(held).toBe(true);
      },
      afterwards: async () => {
        await until('the revocation has arrived', () => isRevoked(onlooker), 2000);
        expect(await kind.revoke(store, token)).toMatchObject({ revokedAt: NOW });
      },
    };
  };

export const revoked = (kind: Kind) => async (lane: Lane) => {
  const token = await makes(kind)(lane);
  expect(await kind.admit(lane.store, token.hash)).toMatchObject({ token: { revokedAt: null } });
  await kind.revoke(lane.onlooker, token);
  return token;
};

export const touches =
  (kind: Kind): Prepare =>
  async (lane) => {
    const token = await makes(kind)(lane);
    await kind.admit(lane.store, token.hash);
    return {
      call: async () => kind.touch(lane.store, token),
      right: (answer) => expect(answer).toBeUndefined(),
    };
  };

type Common = Pick<DeployTokens, 'create' | 'revoke' | 'admit' | 'find' | 'list' | 'touch'>;

export const commonCases = (kind: Kind): Cases<Common> => ({
  create: { 'a new one': creates(kind) },
  revoke: { 'a live one': revokes(kind) },
  admit: {
    'a live one': readsChanged(makes(kind), (store, { hash }) => kind.admit(store, hash)),
    'one that was revoked elsewhere': readsChanged(revoked(kind), (store, { hash }) =>
      kind.admit(store, hash),
    ),
    none: readsChanged(
      async ({ unique }) => hashOf(unique()),
      (store, hash) => kind.admit(store, hash),
    ),
  },
  find: {
    'one that was revoked elsewhere': readsChanged(revoked(kind), (store, token) =>
      kind.find(store, token),
    ),
  },
  list: { all: reads((store, lane) => kind.list(store, lane)) },
  touch: { 'a live one': touches(kind) },
});

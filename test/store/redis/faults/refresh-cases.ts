/** Refresh tokens, which are revoked by their hash. */
import { expect } from '@jest/globals';
import type { RefreshTokens } from '../../../../src/store/ports.ts';
import { ALL, hashOf, HOUR, makeUser, refreshToken } from '../../fixtures.ts';
import { NOW, type Lane } from './lane.ts';
import { readsChanged } from './read-cases.ts';
import { commonCases, makes, type Kind } from './token-cases.ts';
import { sweepTrial, type Cases, type Prepare } from './trial.ts';

const LIMIT = 100_000;
const EXPIRES = { expiresAt: NOW + HOUR };

const refresh: Kind = {
  create: async ({ refreshTokens }, { world }, hash) => {
    const token = refreshToken(world.jane, { hash, ...EXPIRES });
    const made = await refreshTokens.create(token, LIMIT, NOW);
    if (made === null) throw new Error('the user is gone');
    return made;
  },
  admit: ({ refreshTokens }, hash) => refreshTokens.admit(hash),
  revoke: ({ refreshTokens }, { hash }) => refreshTokens.revoke(hash, NOW),
  find: ({ refreshTokens }, { hash }) => refreshTokens.admit(hash),
  list: ({ refreshTokens }, { world }) => refreshTokens.list({ userId: world.jane, now: NOW }, ALL),
  touch: ({ refreshTokens }, { id }) => refreshTokens.touch(id, NOW),
};

/** A user of one's own, with as many live tokens as there may be. */
async function full({ onlooker, unique }: Lane) {
  const userId = (await onlooker.directory.apply([makeUser(unique())], NOW))[0] ?? 0;
  const hashes = [hashOf(unique()), hashOf(unique())] as const;
  for (const hash of hashes) {
    await onlooker.refreshTokens.create(refreshToken(userId, { hash, ...EXPIRES }), 2, NOW);
  }
  return { userId, hashes };
}

/** The oldest one ends if and only if the new one is there, however often it is asked for. */
const endsOldest: Prepare = async (lane) => {
  const { store, onlooker, unique } = lane;
  const { userId, hashes } = await full(lane);
  const hash = hashOf(unique());
  const create = () =>
    store.refreshTokens.create(refreshToken(userId, { hash, ...EXPIRES }), 2, NOW);
  const live = async (): Promise<readonly string[]> => {
    const filter = { userId, active: true, now: NOW };
    return (await onlooker.refreshTokens.list(filter, ALL)).items.map((token) => token.hash);
  };
  const moved = [hashes[1], hash];
  return {
    call: create,
    right: async (answer) => {
      expect(answer).toMatchObject({ hash, revokedAt: null });
      expect(await live()).toEqual(moved);
    },
    afterwards: async () => {
      const found = await live();
      expect([hashes, moved]).toContainEqual(found);
      if (!found.includes(hash)) await create();
      expect(await live()).toEqual(moved);
    },
  };
};

/** One that this instance has never seen: it is found first, and not noted before. */
const revokesUnseen: Prepare = async (lane) => {
  const { store, onlooker } = lane;
  const { hash, id } = await makes(refresh)(lane);
  const revoke = () => store.refreshTokens.revoke(hash, NOW);
  const revokedAt = async () => (await onlooker.refreshTokens.admit(hash))?.token.revokedAt;
  return {
    call: revoke,
    right: async (answer) => {
      expect(answer).toMatchObject({ id, revokedAt: NOW });
      expect(await revokedAt()).toBe(NOW);
    },
    afterwards: async () => {
      expect(await revoke()).toMatchObject({ revokedAt: NOW });
      expect(await revokedAt()).toBe(NOW);
    },
  };
};

const revokesNone: Prepare = ({ store, unique }) => {
  const revoke = () => store.refreshTokens.revoke(hashOf(unique()), NOW);
  const isNobody = (answer: unknown) => expect(answer).toBeNull();
  return { call: revoke, right: isNobody, afterwards: async () => isNobody(await revoke()) };
};

const sweeps: Prepare = async (lane) => {
  const { store, onlooker, world, unique } = lane;
  const old = refreshToken(world.bob, { hash: hashOf(unique()), expiresAt: NOW - 2 * HOUR });
  await onlooker.refreshTokens.create(old, LIMIT, NOW);
  const live = await makes(refresh)(lane);
  const sweep = () => store.refreshTokens.sweep(NOW - HOUR);
  const expectSwept = async () => {
    expect(await onlooker.refreshTokens.admit(old.hash)).toBeNull();
    expect(await onlooker.refreshTokens.admit(live.hash)).not.toBeNull();
  };
  return sweepTrial(sweep, expectSwept);
};

const { find: _, create, revoke, list: __, ...common } = commonCases(refresh);

export const refreshTokenCases: Cases<RefreshTokens> = {
  ...common,
  create: { ...create, 'that ends the oldest': endsOldest },
  revoke: { ...revoke, 'one that was never seen here': revokesUnseen, none: revokesNone },
  list: {
    // Of a user whose tokens nobody uses: when they were used last is written by and by.
    'of a new user': readsChanged(full, ({ refreshTokens }, { userId }) =>
      refreshTokens.list({ userId, now: NOW }, ALL),
    ),
  },
  live: {
    'of a new user': readsChanged(full, ({ refreshTokens }, { userId }) =>
      refreshTokens.live({ userId }, 0, NOW),
    ),
  },
  sweep: { 'an old one': sweeps },
};

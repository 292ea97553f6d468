/** Passwords of jobs that have ended, and the list of those who came with job tokens. */
import { expect } from '@jest/globals';
import type {
  ConvertedTokens,
  JobTokenUses,
  NewConvertedToken,
} from '../../../../src/store/ports.ts';
import { ALL, convertedToken, hashOf, HOUR } from '../../fixtures.ts';
import { NOW, type Lane } from './lane.ts';
import { reads, readsChanged } from './read-cases.ts';
import { changes } from './rotation-cases.ts';
import { makes, revoked, revokes, touches, type Kind } from './token-cases.ts';
import { sweepTrial, type Cases, type Prepare } from './trial.ts';

const newToken = (
  { world }: Pick<Lane, 'world'>,
  tokenHash: string,
  fields: Partial<NewConvertedToken> = {},
): NewConvertedToken =>
  convertedToken(world, { tokenHash, endedAt: NOW, expiresAt: NOW + HOUR, ...fields });

const listed = ({ convertedTokens }: Lane['store'], { world }: Pick<Lane, 'world'>) =>
  convertedTokens.list(world.app, ALL, { now: NOW });

const converted: Kind = {
  create: async ({ convertedTokens }, lane, hash) => {
    const made = await convertedTokens.record(newToken(lane, hash), NOW);
    if (made === null) throw new Error('the project is gone');
    return made;
  },
  admit: ({ convertedTokens }, hash) => convertedTokens.admit(hash),
  revoke: ({ convertedTokens }, { id, project }) => convertedTokens.revoke(project, id, NOW),
  find: ({ convertedTokens }, { hash }) => convertedTokens.admit(hash),
  list: listed,
  touch: ({ convertedTokens }, { id }) => convertedTokens.touch(id, NOW),
};

/** The first attempt revokes: acknowledged, it is revoked everywhere. */
const counts: Prepare = async (lane) => {
  const { store, onlooker } = lane;
  const { id, hash } = await makes(converted)(lane);
  let tries = 0;
  const count = () => {
    tries += 1;
    return store.convertedTokens.countWrite(id, { limit: 1, windowMs: HOUR }, NOW);
  };
  const revokedAt = async () => (await onlooker.convertedTokens.admit(hash))?.token.revokedAt;
  return {
    call: count,
    right: async (answer) => {
      expect(answer).toMatchObject({ token: { id, revokedAt: NOW }, revoked: true });
      expect(await revokedAt()).toBe(NOW);
    },
    afterwards: async () => {
      const again = await count();
      expect(again?.token.revokedAt).toBe(NOW);
      // One whose answer is lost may have been counted.
      expect(again?.token.writeAttempts).toBeLessThanOrEqual(tries);
      expect(await revokedAt()).toBe(NOW);
    },
  };
};

const sweeps: Prepare = async (lane) => {
  const { store, onlooker, unique } = lane;
  const ended = { endedAt: NOW - 3 * HOUR, expiresAt: NOW - 2 * HOUR };
  const old = newToken(lane, hashOf(unique()), ended);
  await onlooker.convertedTokens.record(old, NOW);
  const live = await makes(converted)(lane);
  const sweep = () => store.convertedTokens.sweep(NOW - HOUR);
  const expectSwept = async () => {
    expect(await onlooker.convertedTokens.admit(old.tokenHash)).toBeNull();
    expect(await onlooker.convertedTokens.admit(live.hash)).not.toBeNull();
  };
  return sweepTrial(sweep, expectSwept);
};

export const convertedTokenCases: Cases<ConvertedTokens> = {
  record: {
    'a new one': changes(
      async (lane) => newToken(lane, hashOf(lane.unique())),
      ({ convertedTokens }, token) => convertedTokens.record(token, NOW),
      async ({ convertedTokens }, { tokenHash }) => (await convertedTokens.admit(tokenHash))?.token,
    ),
  },
  revoke: { 'a live one': revokes(converted) },
  admit: {
    'a live one': readsChanged(makes(converted), (store, { hash }) => converted.admit(store, hash)),
    'one that was revoked elsewhere': readsChanged(revoked(converted), (store, { hash }) =>
      converted.admit(store, hash),
    ),
  },
  list: {
    // Of a project whose tokens nobody uses: when they were used last is written by and by.
    'with a new one': readsChanged(
      async (lane) => {
        const projectId = lane.world.other;
        await lane.onlooker.convertedTokens.record(
          newToken(lane, hashOf(lane.unique()), { projectId }),
          NOW,
        );
        return projectId;
      },
      ({ convertedTokens }, projectId) => convertedTokens.list(projectId, ALL, { now: NOW }),
    ),
  },
  live: {
    none: reads(({ convertedTokens }, { world }) =>
      convertedTokens.live({ userId: world.bob }, 0, NOW),
    ),
  },
  countWrite: { 'that is one too many': counts },
  sweep: { 'an old one': sweeps },
  touch: { 'a live one': touches(converted) },
};

const notes: Prepare = ({ store, world }) => ({
  call: async () =>
    store.jobTokenUses.note(
      {
        targetProjectId: world.app,
        sourceProjectId: world.other,
        refusedBy: null,
        userId: world.jane,
        jobId: 1,
        ip: null,
      },
      NOW,
    ),
  right: (answer) => expect(answer).toBeUndefined(),
});

export const jobTokenUseCases: Cases<JobTokenUses> = {
  note: { 'of another project': notes },
  // Of a project to which nobody comes: those of the other are written by and by.
  list: { none: reads(({ jobTokenUses }, { world }) => jobTokenUses.list(world.other, ALL)) },
};

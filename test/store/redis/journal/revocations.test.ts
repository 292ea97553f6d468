/** Revocations over a store that fails on command. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AppError, storeUnavailable } from '../../../../src/errors.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../../../src/store/embedded/open.ts';
import type {
  ConvertedTokens,
  DeployTokens,
  PersonalAccessTokens,
  RefreshTokens,
} from '../../../../src/store/ports.ts';
import type { Journal } from '../../../../src/store/redis/journal/journal.ts';
import {
  guardTokens,
  type GuardedTokens,
} from '../../../../src/store/redis/journal/revocations.ts';
import { until } from '../../../support/redis/child.ts';
import {
  accessToken,
  convertedToken,
  deployToken,
  hashOf,
  projectSource,
  refreshToken,
  seed,
  type World,
} from '../../fixtures.ts';
import { NOW, silent, useFolders } from './support.ts';

const { folder, open } = useFolders();
let store: EmbeddedStore;
let journal: Journal;
let tokens: GuardedTokens;
let world: World;
let fault: Error | null = null;
/** Whether this instance has seen the refresh tokens. */
let isSeen = true;

/** Revokes nothing while there is a fault. */
function failing<T extends DeployTokens | PersonalAccessTokens | ConvertedTokens | RefreshTokens>(
  inner: T,
): T {
  const revoke = (...args: Parameters<T['revoke']>) =>
    fault === null
      ? (inner.revoke as (...all: unknown[]) => unknown)(...args)
      : Promise.reject(fault);
  return { ...inner, revoke };
}

const guard = (): GuardedTokens =>
  guardTokens(
    {
      deployTokens: failing(store.deployTokens),
      personalAccessTokens: failing(store.personalAccessTokens),
      convertedTokens: failing(store.convertedTokens),
      refreshTokens: failing(store.refreshTokens),
      isRefreshTokenHere: async (hash) =>
        isSeen && (await store.refreshTokens.admit(hash)) !== null,
    },
    journal,
    silent,
  );

beforeEach(async () => {
  fault = null;
  isSeen = true;
  store = await openEmbeddedStore({ dataDir: folder(), clock: { now: () => NOW }, log: silent });
  world = await seed(store);
  journal = await open(folder());
  tokens = guard();
});
afterEach(async () => {
  await tokens.close();
  await store.close();
});

const settled = (): Promise<void> =>
  until('settled', () => journal.pendingRevocations().length === 0);

test('passes everything on, and confirms what is revoked', async () => {
  const holder = projectSource(world.app);
  const token = await tokens.deployTokens.create(deployToken(holder), NOW);
  expect((await tokens.deployTokens.admit('deploy-hash'))?.token).toEqual(token);
  expect(await tokens.deployTokens.revoke(holder, token.id, NOW + 1)).toMatchObject({
    revokedAt: NOW + 1,
  });
  expect(await tokens.deployTokens.revoke(holder, token.id, NOW + 2)).toMatchObject({
    revokedAt: NOW + 1,
  });
  expect(journal.pendingRevocations()).toEqual([]);
  expect(journal.size().entries).toBe(1);
});

test('R4: a deploy token whose revocation cannot be stored: 503, denied here, revoked later', async () => {
  const holder = projectSource(world.app);
  const token = await tokens.deployTokens.create(deployToken(holder), NOW);
  fault = storeUnavailable('away');
  await expect(tokens.deployTokens.revoke(holder, token.id, NOW + 1)).rejects.toMatchObject({
    code: 'store_unavailable',
    retryAfter: 1,
    message: expect.stringContaining('is noted here and will be applied'),
  });
  expect((await store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
  expect((await tokens.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW + 1);
  expect((await tokens.deployTokens.find(holder, token.id))?.revokedAt).toBe(NOW + 1);
  fault = null;
  await settled();
  expect((await store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBe(NOW + 1);
});

test('R4: the same for a personal access token, by the process that comes after', async () => {
  const token = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  fault = storeUnavailable('away');
  await expect(tokens.personalAccessTokens.revoke(token.id, NOW + 1)).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  expect((await tokens.personalAccessTokens.admit('pat-hash'))?.token.revokedAt).toBe(NOW + 1);
  await tokens.close();
  expect(journal.pendingRevocations()).toHaveLength(1);
  fault = null;
  tokens = guard();
  await settled();
  expect((await store.personalAccessTokens.find(token.id))?.revokedAt).toBe(NOW + 1);
});

const CONVERTED = hashOf('converted');

test('R4: the same for the password of a job that has ended', async () => {
  const token = await tokens.convertedTokens.record(convertedToken(world), NOW);
  const id = token?.id ?? 0;
  fault = storeUnavailable('away');
  await expect(tokens.convertedTokens.revoke(world.app, id, NOW + 1)).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  expect((await store.convertedTokens.admit(CONVERTED))?.token.revokedAt).toBeNull();
  expect((await tokens.convertedTokens.admit(CONVERTED))?.token.revokedAt).toBe(NOW + 1);
  expect(await tokens.convertedTokens.record(convertedToken(world), NOW + 2)).toMatchObject({
    revokedAt: NOW + 1,
  });
  fault = null;
  await settled();
  expect((await store.convertedTokens.admit(CONVERTED))?.token.revokedAt).toBe(NOW + 1);
  expect(await tokens.convertedTokens.revoke(world.other, id, NOW)).toBeNull();
  expect(journal.size().entries).toBe(1);
});

const REFRESH = hashOf('refresh');

test('R4: the same for a refresh token, which is known by its hash', async () => {
  const made = await tokens.refreshTokens.create(refreshToken(world.jane), 9, NOW);
  expect((await tokens.refreshTokens.admit(REFRESH))?.token).toEqual(made);
  fault = storeUnavailable('away');
  await expect(tokens.refreshTokens.revoke(REFRESH, NOW + 1)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('The revocation of this refresh token is noted here'),
  });
  expect((await store.refreshTokens.admit(REFRESH))?.token.revokedAt).toBeNull();
  expect((await tokens.refreshTokens.admit(REFRESH))?.token.revokedAt).toBe(NOW + 1);
  await tokens.close();
  fault = null;
  tokens = guard();
  await settled();
  expect((await store.refreshTokens.admit(REFRESH))?.token.revokedAt).toBe(NOW + 1);
  expect(await tokens.refreshTokens.revoke(REFRESH, NOW + 5)).toEqual({
    ...made,
    revokedAt: NOW + 1,
  });
});

test('R4: a personal access token that is denied here is so behind a refresh token too', async () => {
  const { id } = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  const backing = { kind: 'personal_access_token', tokenId: id } as const;
  await tokens.refreshTokens.create(refreshToken(world.jane, { backing }), 9, NOW);
  const behind = async () => (await tokens.refreshTokens.admit(REFRESH))?.personalAccessToken;
  expect((await behind())?.revokedAt).toBeNull();
  fault = storeUnavailable('away');
  await expect(tokens.personalAccessTokens.revoke(id, NOW + 1)).rejects.toThrow();
  expect((await behind())?.revokedAt).toBe(NOW + 1);
  fault = null;
  await settled();
});

test('a refresh token that was never seen here is not noted before it is found', async () => {
  isSeen = false;
  expect(await tokens.refreshTokens.revoke(hashOf('any text'), NOW)).toBeNull();
  fault = storeUnavailable('away');
  await expect(tokens.refreshTokens.revoke(hashOf('any text'), NOW)).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  expect(journal.size()).toEqual({ entries: 0, pending: 0 });
  fault = null;
  await tokens.refreshTokens.create(refreshToken(world.jane), 9, NOW);
  expect(await tokens.refreshTokens.revoke(REFRESH, NOW + 1)).toMatchObject({ revokedAt: NOW + 1 });
  expect(journal.revocations()).toEqual([{ kind: 'refresh', tokenHash: REFRESH, at: NOW + 1 }]);
  await settled();
});

test('R5: replay revokes a refresh token again that a history has lost', async () => {
  await tokens.refreshTokens.create(refreshToken(world.jane), 9, NOW);
  await journal.recordRevocation({ kind: 'refresh', tokenHash: REFRESH, at: NOW + 1 });
  await tokens.replay();
  expect((await store.refreshTokens.admit(REFRESH))?.token.revokedAt).toBe(NOW + 1);
});

test('R5: replay tells the kinds apart, though ids and holders are the same', async () => {
  const holder = projectSource(world.app);
  const deploy = await tokens.deployTokens.create(deployToken(holder), NOW);
  const converted = await tokens.convertedTokens.record(convertedToken(world), NOW);
  expect(deploy.id).toBe(converted?.id);
  const tokenId = deploy.id;
  await journal.recordRevocation({ kind: 'converted', holder, tokenId, at: NOW + 1 });
  expect((await tokens.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
  await tokens.replay();
  expect((await store.convertedTokens.admit(CONVERTED))?.token.revokedAt).toBe(NOW + 1);
  expect((await store.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
});

test('what a rotation, a family’s end and too many attempts revoke is noted, too', async () => {
  const first = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  const successor = { hash: 'second', expiresAt: null };
  const second = await tokens.personalAccessTokens.rotate(first.id, successor, NOW + 1);
  await tokens.personalAccessTokens.revokeFamily(first.id, NOW + 2);
  const converted = await tokens.convertedTokens.record(convertedToken(world), NOW);
  const limits = { limit: 1, windowMs: 1 };
  await tokens.convertedTokens.countWrite(converted?.id ?? 0, limits, NOW + 3);
  const noted = journal
    .revocations()
    .map((one) => [one.kind, 'tokenId' in one ? one.tokenId : one.tokenHash, one.at]);
  expect(noted).toEqual([
    ['personal', first.id, NOW + 1],
    ['personal', second?.id, NOW + 2],
    ['converted', converted?.id, NOW + 3],
  ]);
  await settled();
});

test('a rotation that the store refuses is not noted', async () => {
  const token = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  const rotate = (id: number, hash: string) =>
    tokens.personalAccessTokens.rotate(id, { hash, expiresAt: null }, NOW);
  await expect(rotate(token.id, 'pat-hash')).rejects.toMatchObject({ code: 'conflict' });
  expect(await rotate(token.id + 1, 'second')).toBeNull();
  expect(journal.size()).toEqual({ entries: 0, pending: 0 });
  expect((await tokens.personalAccessTokens.admit('pat-hash'))?.token.revokedAt).toBeNull();
});

test('a token whose revocation is noted and not done has no successor, and is exposed to no job', async () => {
  const token = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  const secret = { hash: 'auto', sealed: null };
  const automatic = await tokens.deployTokens.ensureAutomatic(world.app, secret, NOW);
  fault = storeUnavailable('away');
  const { deployTokens, personalAccessTokens } = tokens;
  const holder = projectSource(world.app);
  await expect(personalAccessTokens.revoke(token.id, NOW)).rejects.toThrow();
  await expect(deployTokens.revoke(holder, automatic?.token.id ?? 0, NOW)).rejects.toThrow();
  const successor = { hash: 'second', expiresAt: null };
  await expect(personalAccessTokens.rotate(token.id, successor, NOW)).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await deployTokens.ensureAutomatic(world.app, secret, NOW)).toBeNull();
  fault = null;
  await settled();
  expect((await store.directory.project(world.app))?.autoTokenDeclined).toBe(true);
});

test('a token that is not there, or is not the holder’s, is forgotten', async () => {
  const holder = projectSource(world.app);
  const token = await tokens.deployTokens.create(deployToken(holder), NOW);
  expect(await tokens.deployTokens.revoke(projectSource(world.other), token.id, NOW)).toBeNull();
  expect(await tokens.deployTokens.revoke(holder, token.id + 9, NOW)).toBeNull();
  expect(await tokens.personalAccessTokens.revoke(77, NOW)).toBeNull();
  expect(journal.size()).toEqual({ entries: 0, pending: 0 });
  expect((await tokens.deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
});

test('what the domain refuses is forgotten', async () => {
  fault = new AppError('bad_request', 'no');
  await expect(tokens.personalAccessTokens.revoke(1, NOW)).rejects.toMatchObject({
    code: 'bad_request',
  });
  expect(journal.size()).toEqual({ entries: 0, pending: 0 });
});

test('R5: replay revokes again what a history has lost', async () => {
  const token = await tokens.personalAccessTokens.create(accessToken(world.jane), NOW);
  const revocation = { kind: 'personal', holder: null, tokenId: token.id, at: NOW + 1 } as const;
  await journal.recordRevocation(revocation);
  journal.confirmRevocation(revocation);
  expect((await store.personalAccessTokens.find(token.id))?.revokedAt).toBeNull();
  await tokens.replay();
  expect((await store.personalAccessTokens.find(token.id))?.revokedAt).toBe(NOW + 1);
  fault = storeUnavailable('away');
  await expect(tokens.replay()).rejects.toMatchObject({ code: 'store_unavailable' });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deployTokenFault } from '../../src/credential/deploy-token.ts';
import { Secret } from '../../src/credential/secret.ts';
import {
  endSecret,
  rotateDeployToken,
  rotationDueAt,
  setRotation,
  type RotationRequest,
} from '../../src/lifecycle/rotation.ts';
import { revokeDeployToken } from '../../src/lifecycle/deploy-tokens.ts';
import type { ProjectRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

const DAY = 86_400_000;

let world: World;
let project: ProjectRecord;
let holder: RotationRequest['holder'];
beforeAll(async () => {
  world = await openWorld();
  await world.user('jane');
  project = await world.project('jane/app');
  holder = { kind: 'project', id: project.id };
});
afterAll(() => world.close());

async function works(secret: string): Promise<boolean> {
  const admission = await world.store.deployTokens.admit(world.secretHash(new Secret(secret)));
  return admission !== null && deployTokenFault(admission, world.clock.now()) === null;
}

async function rotate(tokenId: number, more: Partial<RotationRequest> = {}) {
  const request = { holder, tokenId, gracePeriod: undefined, expiresAt: undefined, ...more };
  const { token, secret } = await rotateDeployToken(world, request);
  return { token, secret: secret.reveal() };
}

const make = (more: object = {}) => world.deployToken(project, ['read_registry'], more);

test('AUTO-16: both secrets work until the grace ends, and then the new one alone', async () => {
  const { id, secret: old } = await make();
  const { secret } = await rotate(id, { gracePeriod: 100 });
  expect([await works(old), await works(secret)]).toEqual([true, true]);
  world.clock.advance(99_999);
  expect([await works(old), await works(secret)]).toEqual([true, true]);
  world.clock.advance(1);
  expect([await works(old), await works(secret)]).toEqual([false, true]);
});

test('AUTO-16: without a grace of its own a rotation gives a day; with none the old one is dead at once', async () => {
  const { id, secret: old } = await make();
  const { secret } = await rotate(id);
  world.clock.advance(DAY - 1);
  expect(await works(old)).toBe(true);
  world.clock.advance(1);
  expect(await works(old)).toBe(false);
  const { secret: newest } = await rotate(id, { gracePeriod: 0 });
  expect([await works(secret), await works(newest)]).toEqual([false, true]);
});

test('AUTO-17: never more than two: a third ends the oldest within its grace', async () => {
  const { id, secret: first } = await make();
  const { secret: second } = await rotate(id, { gracePeriod: 1000 });
  const { secret: third } = await rotate(id, { gracePeriod: 1000 });
  expect([await works(first), await works(second), await works(third)]).toEqual([
    false,
    true,
    true,
  ]);
});

test('AUTO-17: of many rotations at once all are whole, and two secrets are left', async () => {
  const { id } = await make();
  const made = await Promise.all(Array.from({ length: 8 }, () => rotate(id, { gracePeriod: 60 })));
  const alive = await Promise.all(made.map(({ secret }) => works(secret)));
  expect(alive.filter(Boolean)).toHaveLength(2);
});

test('AUTO-15 AUTO-16: an old secret is ended before its grace, and never the newest', async () => {
  const { id, secret: old } = await make();
  const { token, secret } = await rotate(id, { gracePeriod: 1000 });
  const [oldId = 0, newId = 0] = token.secrets.map((one) => one.id);
  await expect(endSecret(world, holder, id, newId)).rejects.toMatchObject({ code: 'conflict' });
  await endSecret(world, holder, id, oldId);
  const ended = await endSecret(world, holder, id, oldId);
  expect(ended.secrets[0]?.expiresAt).toBe(world.clock.now());
  expect([await works(old), await works(secret)]).toEqual([false, true]);
  const unknown = endSecret(world, holder, id, 999_999);
  await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
});

test('a token that has ended is not rotated, nor one that is not there', async () => {
  const revoked = await make();
  await revokeDeployToken(world, holder, revoked.id);
  await expect(rotate(revoked.id)).rejects.toMatchObject({ code: 'conflict' });
  const expired = await make({ expiresAt: world.clock.now() + 5 });
  world.clock.advance(5);
  await expect(rotate(expired.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(rotate(999_999)).rejects.toMatchObject({ code: 'not_found' });
  const { id } = await make();
  const elsewhere = rotate(id, { holder: { kind: 'group', id: 1 } });
  await expect(elsewhere).rejects.toMatchObject({ code: 'not_found' });
});

test('a rotation may move the token’s end, to the future only', async () => {
  const { id } = await make({ expiresAt: world.clock.now() + DAY });
  const end = world.clock.now() + 2 * DAY;
  expect((await rotate(id, { expiresAt: end })).token.expiresAt).toBe(end);
  expect((await rotate(id)).token.expiresAt).toBe(end);
  expect((await rotate(id, { expiresAt: null })).token.expiresAt).toBeNull();
  const past = rotate(id, { expiresAt: world.clock.now() });
  await expect(past).rejects.toMatchObject({ code: 'bad_request' });
});

test('AUTO-20: the secret of a token that a person made is sealed nowhere', async () => {
  const { id } = await make();
  const { token } = await rotate(id);
  expect(token.secrets.map(({ sealed }) => sealed)).toEqual([null, null]);
});

test('AUTO-19: a rotation is due so many days after the newest secret', async () => {
  const { id } = await make();
  const set = await setRotation(world, holder, id, 90);
  expect(rotationDueAt(set)).toBe(world.clock.now() + 90 * DAY);
  world.clock.advance(10 * DAY);
  const { token } = await rotate(id);
  expect(rotationDueAt(token)).toBe(world.clock.now() + 90 * DAY);
  expect(rotationDueAt(await setRotation(world, holder, id, null))).toBeNull();
  const unknown = setRotation(world, holder, 999_999, 1);
  await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
});

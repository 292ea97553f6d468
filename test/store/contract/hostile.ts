import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import {
  accessToken,
  ALL,
  allow,
  apply,
  deployToken,
  HOSTILE_TEXTS,
  makeUser,
  newJob,
  NOW,
  projectSource,
  protect,
  seed,
} from '../fixtures.ts';

export function hostileContract(subject: Subject): void {
  test.each(HOSTILE_TEXTS)('T39: %j is only text', async (text) => {
    const { store } = subject;
    const world = await seed(store);
    const kim = await apply(
      store,
      makeUser('kim', { name: text, email: text, passwordHash: text }),
    );
    await apply(store, protect(world.app, 'tag', text), allow(world.app, 'project', world.other));
    const named = { name: text, stage: text, ref: text, environment: text };
    const job = await newJob(store, world, { ...named, runner: { id: 1, executor: text } });
    const started = await store.jobs.start(job);
    const token = await store.deployTokens.create(
      deployToken(projectSource(world.app), {
        name: text,
        username: text,
        scopes: [text],
        hash: text,
      }),
      NOW,
    );
    const pat = await store.personalAccessTokens.create(
      accessToken(world.jane, { name: text, description: text, scopes: [text], hash: text }),
      NOW,
    );
    const reopened = await subject.reopen();
    expect(await reopened.directory.user(kim)).toMatchObject({
      name: text,
      email: text,
      passwordHash: text,
    });
    expect(
      (await reopened.directory.protectionRules(world.app)).map((rule) => rule.pattern),
    ).toEqual([text]);
    expect((await reopened.jobs.admit(job.tokenHash))?.job).toEqual(started);
    expect((await reopened.deployTokens.admit(text))?.token).toEqual(token);
    expect((await reopened.personalAccessTokens.admit(text))?.token).toEqual(pat);
    expect(token).toMatchObject({ name: text, username: text, scopes: [text] });
    expect((await reopened.directory.users(ALL)).total).toBe(3);
  });

  test.each(HOSTILE_TEXTS)('T39: %j finds nothing that it does not name', async (text) => {
    const { store } = subject;
    await seed(store);
    expect(await store.directory.userByUsername(text)).toBeNull();
    expect(await store.directory.group(text)).toBeNull();
    expect(await store.directory.project(text)).toBeNull();
    expect((await store.directory.projects({ ...ALL, search: text })).total).toBe(0);
    expect(await store.jobs.admit(text)).toBeNull();
    expect(await store.deployTokens.admit(text)).toBeNull();
    expect(await store.personalAccessTokens.admit(text)).toBeNull();
    const repositories = [text, `acme/other/${text}`];
    const facts = await store.directory.facts({
      repositories,
      userId: null,
      homeProjectId: null,
      now: NOW,
    });
    const plain = /^[a-z]+$/.test(text) ? [`acme/other/${text}`] : [];
    expect([...facts.keys()]).toEqual(plain);
  });

  test.each(['jane\0', 'jane\ud800', '\udc00jane'])(
    'T39: %j is not taken for jane',
    async (text) => {
      const { store } = subject;
      await seed(store);
      expect(await store.directory.userByUsername(text)).toBeNull();
      await expect(apply(store, makeUser(text))).rejects.toMatchObject({ code: 'bad_request' });
      const named = makeUser('kim', { name: text });
      await expect(apply(store, named)).rejects.toMatchObject({ code: 'bad_request' });
      expect((await store.directory.users(ALL)).total).toBe(2);
    },
  );

  test.each(['known\0', 'known\ud800'])(
    'T39: the secret %j is not taken for another',
    async (text) => {
      const { store } = subject;
      const world = await seed(store);
      await store.personalAccessTokens.create(accessToken(world.jane, { hash: 'known' }), NOW);
      const admission = await store.personalAccessTokens.admit(text).catch((error: Error) => error);
      expect(admission === null || (admission as { code?: string }).code === 'bad_request').toBe(
        true,
      );
    },
  );

  test('T39: objects and lists in place of text or numbers never reach the data', async () => {
    const { store } = subject;
    const world = await seed(store);
    await store.personalAccessTokens.create(accessToken(world.jane), NOW);
    for (const value of [
      {},
      ['pat-hash'],
      { 1: 'pat-hash' },
      true,
      undefined,
      NaN,
      1.5,
      Infinity,
    ]) {
      await expect(store.personalAccessTokens.admit(value as string)).rejects.toThrow();
      await expect(store.directory.user(value as number)).rejects.toThrow();
    }
  });
}

/** The whole life of the deploy token that nobody made, at a real registry and with a clock that is moved by weeks. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { describeWith } from '../support/programs.ts';
import { ok, pull, push, refused } from './clients.ts';
import { startMovedWorld, type MovedWorld } from './moved-clock.ts';
import type { Login } from './world.ts';

const SECOND = 1000;
const WEEK = 7 * 86_400 * SECOND;
/** How far we are behind the registry at first, and ahead of it at last: less than the minute that it allows. */
const BEHIND = 100 * SECOND;
/** Seconds; in the last minute of it no token is given out any more. */
const GRACE = 150;

interface Job {
  readonly id: number;
  readonly token: string;
  readonly variables: readonly { key: string; value: string; masked: boolean }[];
}

interface Token {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly secrets: readonly { id: number; last_used_at: string | null }[];
}

describeWith(['docker-registry', 'skopeo'], 'the life of a deploy token', () => {
  let world: MovedWorld;
  let project: string;
  let other: string;

  beforeAll(async () => {
    // The registry goes by the machine's clock, so the story begins a week ago and meets it today.
    world = await startMovedWorld(Date.now() - WEEK);
    await world.api('POST', '/groups', { name: 'acme', path: 'acme' });
    [project, other] = [await make('app'), await make('other')];
  });

  afterAll(() => world?.close());

  async function make(path: string): Promise<string> {
    const body = { path, namespace_id: 'acme' };
    return `/projects/${(await world.api<{ id: number }>('POST', '/projects', body)).id}`;
  }

  const start = (at: string) => world.api<Job>('POST', `${at}/jobs`, { username: 'root' });
  const finish = (at: string, { id }: Job) =>
    world.api('PUT', `${at}/jobs/${id}`, { status: 'success' });
  const asJob = ({ token }: Job): Login => ({ username: 'gitlab-ci-token', password: token });

  function deployLogin({ variables }: Job): Login {
    const value = (key: string): string => {
      const variable = variables.find((one) => one.key === key);
      expect(variable?.masked).toBe(true);
      return variable?.value ?? '';
    };
    return { username: value('CI_DEPLOY_USER'), password: value('CI_DEPLOY_PASSWORD') };
  }

  function remove(repository: string, { username, password }: Login) {
    const login = ['--tls-verify=false', '--creds', `${username}:${password}`];
    return world.skopeo('delete', ...login, `docker://${world.registry}/${repository}:v1`);
  }

  /** Uses are gathered, and written now and then. */
  async function lastUses(path: string): Promise<(string | null)[]> {
    await setTimeout(1500);
    return (await world.api<Token>('GET', path)).secrets.map((secret) => secret.last_used_at);
  }

  test('CD-03 CD-04 CD-05 CD-07 CD-08 AUTO-05 AUTO-16 AUTO-18 AUTO-22: from a job that is long gone to the end of its grace', async () => {
    // A week ago: a job is handed what nobody made, and ends.
    const first = await start(project);
    const old = deployLogin(first);
    await finish(project, first);
    world.clock.advance(WEEK - BEHIND);

    // Today: images are there, and the password of the week-old job pulls its own.
    for (const [of, repository] of [
      [project, 'acme/app'],
      [other, 'acme/other'],
    ] as const) {
      const job = await start(of);
      expect(await push(world, repository, asJob(job))).toEqual(ok);
      await finish(of, job);
    }
    expect(await world.logIn(asJob(first))).toBe(401);
    expect(await pull(world, 'acme/app', old)).toEqual(ok);
    expect(await pull(world, 'acme/other', old)).toEqual(refused);
    expect(await push(world, 'acme/app', old)).toEqual(refused);
    expect(await remove('acme/app', old)).toEqual(refused);

    // It is rotated while pulls go on.
    const [token] = await world.api<Token[]>('GET', `${project}/deploy_tokens`);
    expect(token).toMatchObject({ name: 'gitlab-deploy-token', origin: 'auto' });
    const path = `${project}/deploy_tokens/${token?.id}`;
    const [rotated, ...during] = await Promise.all([
      world.api<Token>('POST', `${path}/rotate`, { grace_period: GRACE }),
      ...Array.from({ length: 4 }, () => pull(world, 'acme/app', old)),
    ]);
    expect(during).toEqual([ok, ok, ok, ok]);
    expect(rotated.secrets).toHaveLength(2);
    expect(await lastUses(path)).toEqual([expect.any(String), null]);
    const next = await start(project);
    const fresh = deployLogin(next);
    await finish(project, next);
    expect(fresh.username).toBe(old.username);
    expect(fresh.password).not.toBe(old.password);
    expect(await pull(world, 'acme/app', fresh)).toEqual(ok);
    expect(await pull(world, 'acme/app', old)).toEqual(ok);
    expect(await lastUses(path)).toEqual([expect.any(String), expect.any(String)]);

    // Its grace is over.
    world.clock.advance(GRACE * SECOND);
    expect(await world.logIn(old)).toBe(401);
    expect(await pull(world, 'acme/app', old)).toEqual(refused);
    expect(await world.logIn(fresh)).toBe(200);
    expect(await pull(world, 'acme/app', fresh)).toEqual(ok);

    // And a Maintainer ends it all.
    await world.api('DELETE', path);
    expect(await world.logIn(fresh)).toBe(401);
    expect(await pull(world, 'acme/app', fresh)).toEqual(refused);
  }, 60_000);
});

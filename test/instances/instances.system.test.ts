import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { sleep } from '../support/redis/child.ts';
import {
  makeAccessToken,
  makeDeployToken,
  makeMember,
  makeProject,
  startJob,
  type Person,
  type Project,
} from './cast.ts';
import { granted, type Client } from './client.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { sendSteadily } from './load.ts';

/** Milliseconds in which a change of the directory is seen by all. */
const SEEN = 1000;

describeWith(['redis-server', 'haproxy'], 'three instances behind a load balancer', () => {
  let fleet: Fleet;
  let project: Project;
  let user: Person;

  beforeAll(async () => {
    fleet = await startFleet();
    const [one] = fleet.instances;
    project = await makeProject(one, 'private');
    user = await makeMember(one, project);
  }, 60_000);
  afterAll(() => fleet.close());

  /** Each instance in each part in turn. */
  function inTurn(round: number): readonly [Client, Client, Client] {
    const [one, two, three] = fleet.instances;
    const all = [one, two, three, one, two] as const;
    const at = round % 3;
    return [all[at] ?? one, all[at + 1] ?? one, all[at + 2] ?? one];
  }

  /** How long it takes until every instance says so, asked all the time. */
  async function seenByAll(ask: (client: Client) => Promise<boolean>): Promise<number> {
    const began = performance.now();
    const times = await Promise.all(
      fleet.instances.map(async (instance) => {
        while (!(await ask(instance))) {
          if (performance.now() - began > 5 * SEEN) break;
          await sleep(5);
        }
        return performance.now() - began;
      }),
    );
    return Math.max(...times);
  }

  test('a job that starts on one and ends on another is refused by the third at its next request', async () => {
    const afterEnd: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      const [starter, ender, third] = inTurn(round);
      const job = await startJob(starter, project, user);
      expect(granted(await third.token(project.scope, job.login))).toEqual([
        `${project.path}:pull`,
      ]);
      await ender.api('PUT', `/projects/${project.id}/jobs/${job.id}`, { status: 'success' });
      afterEnd.push((await third.token(project.scope, job.login)).status);
    }
    expect(new Set(afterEnd)).toEqual(new Set([401]));
  }, 60_000);

  test('a token that is revoked on one is refused by the others at their next request', async () => {
    const afterEnd: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const [maker, ender, third] = inTurn(round);
      const personal = await makeAccessToken(maker, user);
      const deploy = await makeDeployToken(maker, project);
      for (const { login } of [personal, deploy]) {
        expect((await third.token(project.scope, login)).status).toBe(200);
      }
      await ender.api('DELETE', `/personal_access_tokens/${personal.id}`);
      await ender.api('DELETE', `/projects/${project.id}/deploy_tokens/${deploy.id}`);
      for (const { login } of [personal, deploy]) {
        for (const other of [third, maker]) {
          afterEnd.push((await other.token(project.scope, login)).status);
        }
      }
    }
    expect(new Set(afterEnd)).toEqual(new Set([401]));
  }, 60_000);

  test('a change of the directory on one is seen by all within a second', async () => {
    const times: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const [one, two] = inTurn(round);
      const open = await makeProject(one, 'public');
      const member = await makeMember(one, project);
      const { login } = await makeAccessToken(one, member);
      const pulls = async (client: Client) =>
        granted(await client.token(open.scope)).length === 1 &&
        granted(await client.token(project.scope, login)).length === 1;
      times.push(await seenByAll(pulls));
      await two.api('PUT', `/projects/${open.id}`, { visibility: 'private' });
      times.push(
        await seenByAll(async (client) => granted(await client.token(open.scope)).length === 0),
      );
      await two.api('DELETE', `/projects/${project.id}/members/${member.id}`);
      const isOut = async (client: Client) =>
        granted(await client.token(project.scope, login)).length === 0;
      times.push(await seenByAll(isOut));
    }
    expect(Math.max(...times)).toBeLessThan(SEEN);
  }, 60_000);

  test('a rolling restart of all under 300 requests a second fails none', async () => {
    const { balanced, instances } = fleet;
    const open = await makeProject(balanced, 'public');
    const personal = await makeAccessToken(balanced, user);
    const deploy = await makeDeployToken(balanced, project);
    const job = await startJob(balanced, project, user);
    const asks = [
      () => balanced.token(open.scope),
      ...[personal, deploy, job].map(
        ({ login }) =>
          () =>
            balanced.token(project.scope, login),
      ),
    ];
    const load = sendSteadily(300, asks);
    await sleep(500);
    for (const instance of instances) {
      expect(await instance.restart()).toBe(0);
      await sleep(300);
    }
    await sleep(500);
    const { sent, failures, perSecond, slowest } = await load.stop();
    expect(failures).toEqual([]);
    expect(perSecond).toBeGreaterThan(290);
    expect(slowest).toBeLessThan(15_000);
    expect(sent).toBeGreaterThan(900);
  }, 90_000);
});

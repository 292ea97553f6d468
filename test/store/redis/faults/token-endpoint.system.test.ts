/** What clients of the token endpoint see of faults between the server and Redis. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startJob } from '../../../instances/cast.ts';
import { granted, type Answer } from '../../../instances/client.ts';
import { describeWith } from '../../../support/programs.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { everyFault, hang } from '../../../support/redis/fault.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { isScript } from './lane.ts';
import { insistOnAnswer } from './insist.ts';
import { makeCast, startFaultyServer, type Cast, type FaultyServer } from './server.ts';
import { stalledSince } from '../../../support/stalls.ts';
import { RECOVERED, SETTLED } from './strike.ts';

interface Kind {
  readonly name: string;
  readonly ask: () => Promise<Answer>;
  /** The only answers that are right while there is a fault. */
  readonly right: readonly number[];
  readonly well: number;
}

const isOutOfReach = ({ status, headers }: Answer): boolean =>
  status === 503 && Number(headers['retry-after']) > 0;

function kindsOf({ client }: FaultyServer, cast: Cast): Kind[] {
  const { open, project, job, personal, deploy, ended } = cast;
  const live = { job, personal, deploy };
  return [
    { name: 'nobody', ask: () => client.token(open.scope), right: [200], well: 200 },
    ...Object.entries(live).map(([name, { login }]) => ({
      name,
      right: [200, 503],
      well: 200,
      ask: () => client.token(project.scope, login),
    })),
    ...ended.map(({ login }, at) => ({
      name: `ended ${at}`,
      right: [401, 503],
      well: 401,
      ask: () => client.token(project.scope, login),
    })),
  ];
}

interface Timed {
  readonly answer: Answer;
  readonly ms: number;
}

async function timed(ask: () => Promise<Answer>): Promise<Timed> {
  const began = performance.now();
  const stalled = stalledSince();
  const answer = await ask();
  return { answer, ms: performance.now() - began - stalled() };
}

function wrongIn({ name, right }: Kind, { answer, ms }: Timed): string[] {
  const { status, text } = answer;
  const wrong: string[] = [];
  if (!right.includes(status)) wrong.push(`${name}: ${status} ${text}`);
  if (status === 503 && !isOutOfReach(answer)) wrong.push(`${name}: no Retry-After`);
  if (status === 200 && granted(answer).length !== 1) wrong.push(`${name}: a token for nothing`);
  if (ms > SETTLED) wrong.push(`${name}: ${status} after ${Math.round(ms)} ms`);
  return wrong;
}

describeWith(['redis-server'], 'the token endpoint and faults of Redis', () => {
  let redis: SingleRedis;
  beforeAll(async () => {
    redis = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => redis.stop());

  const standing = [
    ...everyFault.map(([name, fault]) => [name, fault] as const),
    ['no server', 'down'] as const,
  ];

  test('no fault makes a wrong 200 or 401, nor any answer late', async () => {
    const servers = await Promise.all(
      standing.slice(0, 4).map(() => startFaultyServer(redis, '  stale_anonymous: 60\n')),
    );
    const wrong: string[] = [];
    const refusals = new Map<string, number>();
    const left = [...standing];

    async function tryAll(server: FaultyServer): Promise<void> {
      const cast = await insistOnAnswer(() => makeCast(server.client));
      const kinds = kindsOf(server, cast);
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [name, fault] = next;
        const ending = await insistOnAnswer(() => startJob(server.client, cast.project, cast.user));
        if (fault === 'down') await server.proxy.down();
        else server.proxy.set(fault, isScript);
        const note = (faults: readonly string[]) =>
          wrong.push(...faults.map((each) => `${name}: ${each}`));
        const round = async () => {
          for (const kind of kinds) {
            const result = await timed(kind.ask);
            note(wrongIn(kind, result));
            if (result.answer.status === 503) refusals.set(name, (refusals.get(name) ?? 0) + 1);
          }
        };
        await round();
        // An end that was taken on and cannot be acknowledged counts here at once. Where the caller's own token could
        // not be checked, nothing was taken on.
        const path = `/api/v4/projects/${cast.project.id}/jobs/${ending.id}`;
        const end = await timed(() => server.client.change('PUT', path, { status: 'success' }));
        if (![200, 503].includes(end.answer.status)) note([`an end: ${end.answer.status}`]);
        if (end.ms > SETTLED) note([`an end after ${Math.round(end.ms)} ms`]);
        const endedJob: Kind = {
          name: 'the job that ended now',
          right: [401, 503],
          well: 401,
          ask: () => server.client.token(cast.project.scope, ending.login),
        };
        const taken = end.answer.status === 200 || end.answer.text.includes('noted');
        if (taken) note(wrongIn(endedJob, await timed(endedJob.ask)));
        await round();
        await server.proxy.heal();
        const began = performance.now();
        const stalled = stalledSince();
        for (const kind of taken ? [...kinds, endedJob] : kinds) {
          await until(`${name}: ${kind.name} is well`, async () => {
            const result = await timed(kind.ask);
            note(wrongIn(kind, result));
            return result.answer.status === kind.well;
          });
        }
        const took = performance.now() - began - stalled();
        if (took > RECOVERED) note([`well after ${Math.round(took)} ms`]);
      }
    }

    await Promise.all(servers.map(tryAll));
    await Promise.all(servers.map((server) => server.close()));
    expect(wrong).toEqual([]);
    // A fault that refuses nobody is none; sent twice, all is well.
    expect(refusals.size).toBeGreaterThanOrEqual(standing.length - 2);
  }, 120_000);

  test.each([['no server'], ['silence']])(
    'who is served while Redis is away, and /readyz says so: %s',
    async (what) => {
      const server = await startFaultyServer(
        redis,
        '  stale_credentials: 3\n  stale_anonymous: 6\n',
      );
      const { client, proxy } = server;
      const cast = await insistOnAnswer(() => makeCast(client));
      const all = ['anonymous', 'job_token', 'deploy_token', 'personal_access_token'] as const;

      async function served(): Promise<Record<string, boolean>> {
        const { text, status } = await client.send('GET', '/readyz');
        const { credentials } = JSON.parse(text) as { credentials: Record<string, boolean> };
        const said = all.map((kind) => [kind, credentials[kind]]);
        return { ...(Object.fromEntries(said) as Record<string, boolean>), ready: status === 200 };
      }
      const asked = async () => {
        const { open, project, job, deploy, personal } = cast;
        const answers = {
          anonymous: await client.token(open.scope),
          job_token: await client.token(project.scope, job.login),
          deploy_token: await client.token(project.scope, deploy.login),
          personal_access_token: await client.token(project.scope, personal.login),
        };
        for (const answer of Object.values(answers)) {
          if (answer.status !== 200) expect(isOutOfReach(answer)).toBe(true);
        }
        return Object.fromEntries(
          Object.entries(answers).map(([kind, { status }]) => [kind, status === 200]),
        );
      };
      const of = (anonymous: boolean, job: boolean, stored: boolean) => ({
        anonymous,
        job_token: job,
        deploy_token: stored,
        personal_access_token: stored,
      });

      await until('all is well', async () => (await served())['job_token'] === true);
      expect(await served()).toEqual({ ...of(true, true, true), ready: true });
      expect(await asked()).toEqual(of(true, true, true));
      const began = performance.now();
      if (what === 'silence') proxy.set(hang('request'), isScript);
      else await proxy.down();
      expect(await asked()).toEqual(of(true, false, true));
      expect(await served()).toEqual({ ...of(true, false, true), ready: true });
      expect(performance.now() - began).toBeLessThan(3000);
      await sleep(3500 - (performance.now() - began));
      expect(await asked()).toEqual(of(true, false, false));
      expect(await served()).toEqual({ ...of(true, false, false), ready: true });
      await sleep(6500 - (performance.now() - began));
      expect(await asked()).toEqual(of(false, false, false));
      expect(await served()).toEqual({ ...of(false, false, false), ready: false });
      await proxy.heal();
      await until('all is well again', async () => (await served())['job_token'] === true, 4000);
      expect(await asked()).toEqual(of(true, true, true));
      await server.close();
    },
    60_000,
  );
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StartedJob } from '../../../src/lifecycle/start-job.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import {
  claimsOf,
  get,
  granted,
  post,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

let server: TokenServer;
let jane: UserRecord;
let app: ProjectRecord;

beforeAll(async () => {
  server = await startTokenServer();
  jane = await server.user('jane');
  await server.group('acme');
  app = await server.project('acme/app');
  for (const path of ['acme/base', 'acme/closed']) await server.project(path);
  for (const path of ['acme/app', 'acme/base', 'acme/closed']) {
    await server.member(path, 'jane', 'maintainer');
  }
  await server.allow('acme/base', 'acme/app');
});
afterAll(() => server.close());

const all = (name: string) => `repository:${name}:pull,push,delete`;
const asJob = ({ token }: StartedJob) => ['gitlab-ci-token', token.reveal()] as const;
const ask = async (job: StartedJob, ...scope: string[]) =>
  granted(server, await get(server, { as: asJob(job), scope }));
const finish = ({ job }: StartedJob) =>
  server.store.jobs.setStatus(app.id, job.id, 'success', server.clock.now());

describe.each(['jwt', 'opaque'] as const)('LOW-10, LOW-13: a running job (%s)', (tokenFormat) => {
  const start = (more = {}) => server.job(app, jane, { tokenFormat, ...more });

  test('CD-01, JOB-08, LOW-17: pulls, pushes and deletes at home', async () => {
    expect(await ask(await start(), all('acme/app'))).toEqual([all('acme/app')]);
  });

  test('JOB-07, row 66: elsewhere it pulls at most, though its user may do more', async () => {
    expect(await ask(await start(), all('acme/base'))).toEqual(['repository:acme/base:pull']);
  });

  test('JOB-19, row 69: and nothing where it is not on the list', async () => {
    expect(await ask(await start(), all('acme/closed'))).toEqual([]);
  });

  test('LOW-09, rows 88, 89, JOB-28: its own permissions narrow it', async () => {
    const scopes = [all('acme/app'), all('acme/base')];
    expect(await ask(await start({ permissions: 'read' }), ...scopes)).toEqual([
      'repository:acme/app:pull',
      'repository:acme/base:pull',
    ]);
    expect(await ask(await start({ permissions: 'write' }), ...scopes)).toEqual([
      'repository:acme/app:pull,push',
      'repository:acme/base:pull',
    ]);
    expect(await ask(await start({ permissions: 'none' }), ...scopes)).toEqual([]);
  });

  test('JOB-16: the token says which job it is for', async () => {
    const job = await start();
    const answer = await get(server, { as: asJob(job), scope: all('acme/app') });
    expect((await claimsOf(server, answer)).sub).toBe(`job:${job.job.id}`);
  });

  test('CD-02, rows 59, 63: after its end it is refused at once, by GET and by POST', async () => {
    const job = await start();
    expect(await ask(job, all('acme/app'))).toEqual([all('acme/app')]);
    await finish(job);
    for (const ask2 of [get, post]) {
      const answer = await ask2(server, { as: asJob(job), scope: all('acme/app') });
      expect(answer.status).toBe(401);
      expect(answer.body['details']).toMatch('This job has ended (success).');
    }
  });

  test('CD-11, T26: another job of the pipeline does not open it again', async () => {
    const [first, retry] = [await start(), await start()];
    await finish(first);
    expect((await get(server, { as: asJob(first), scope: all('acme/app') })).status).toBe(401);
    expect(await ask(retry, all('acme/app'))).toEqual([all('acme/app')]);
  });

  test('LOW-11, row 53: a user who loses the role loses it in the running job', async () => {
    const job = await start();
    await server.member('acme/app', 'jane', 'reporter');
    expect(await ask(job, all('acme/app'))).toEqual(['repository:acme/app:pull']);
    await server.member('acme/app', 'jane', 'maintainer');
    expect(await ask(job, all('acme/app'))).toEqual([all('acme/app')]);
  });
});

test('T27: of many requests that race with the end of a job, none that starts later is served', async () => {
  const job = await server.job(app, jane);
  const before = Array.from({ length: 20 }, () => get(server, { as: asJob(job) }));
  await finish(job);
  const after = await Promise.all(
    Array.from({ length: 20 }, () => get(server, { as: asJob(job) })),
  );
  expect(after.map(({ status }) => status)).toEqual(Array(20).fill(401));
  for (const { status } of await Promise.all(before)) expect([200, 401]).toContain(status);
});

test('CD-03, CD-05, CD-07: the deploy token pulls on after the job, its own project alone, and never pushes', async () => {
  const job = await server.job(app, jane);
  const { username, secret } = await server.deployToken(app, ['read_registry']);
  await finish(job);
  const as = [username, secret] as const;
  const scope = [all('acme/app'), all('acme/base')];
  expect(await granted(server, await get(server, { as, scope }))).toEqual([
    'repository:acme/app:pull',
  ]);
});

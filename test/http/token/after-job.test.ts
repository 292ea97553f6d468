import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { storeUnavailable } from '../../../src/errors.ts';
import { changeJobStatus } from '../../../src/lifecycle/finish-job.ts';
import type { StartedJob } from '../../../src/lifecycle/start-job.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import { serveTokenPath } from '../../support/token-path.ts';
import {
  get,
  granted,
  post,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

const ATTEMPT = 'attempt to write with the password of an ended job';
const REVOKED = 'password of an ended job revoked after attempts to write';
let server: TokenServer;
let jane: UserRecord;
let app: ProjectRecord;

beforeAll(async () => {
  server = await startTokenServer(
    'jobs: {after_job: {write_attempts: 3, write_window: 600}, extended_token: {enabled: true}}',
  );
  jane = await server.user('jane');
  await server.group('acme');
  app = await server.project('acme/app', { jobTokenAfterJob: 'read' });
  for (const path of ['acme/base', 'acme/tools']) await server.project(path);
  for (const path of ['acme/app', 'acme/base', 'acme/tools']) {
    await server.member(path, 'jane', 'maintainer');
  }
  await server.allow('acme/base', 'acme/app', ['ADMIN_CONTAINERS']);
  await server.allow('acme/tools', 'acme/app');
});
afterAll(() => server.close());
beforeEach(() => server.logged.clear());

const runner = { id: 5, executor: 'docker', extendedJobToken: true };
const all = (name: string) => `repository:${name}:pull,push,delete`;
const asJob = ({ token }: StartedJob) => ['gitlab-ci-token', token.reveal()] as const;
const asRunner = (job: StartedJob) =>
  ['gitlab-ci-token', job.extendedToken?.reveal() ?? ''] as const;
const ask = async (as: readonly [string, string], ...scope: string[]) =>
  granted(server, await get(server, { as, scope }));

async function ended(more = {}): Promise<StartedJob> {
  const job = await server.job(app, jane, more);
  const change = { projectId: app.id, jobId: job.job.id, status: 'success' } as const;
  await changeJobStatus({ ...server, audit: () => undefined }, change);
  return job;
}

const recordOf = async ({ job }: StartedJob) => {
  const page = { offset: 0, limit: 100 };
  const now = server.clock.now();
  const { items } = await server.store.convertedTokens.list(app.id, page, { now });
  return items.find((token) => token.jobId === job.id);
};

interface Target {
  readonly type: string;
  readonly target: { readonly id: number };
}

/** What the audit stream says of the job's converted token, newest first. */
async function eventsOf({ job }: StartedJob): Promise<readonly object[]> {
  const token = readFileSync(server.running.adminTokenPath ?? '', 'utf8').trim();
  const url = `${server.url}/api/v4/audit_events?job_id=${job.id}`;
  const response = await fetch(url, { headers: { 'PRIVATE-TOKEN': token } });
  const events = (await response.json()) as Target[];
  return events.filter(({ type }) => type.startsWith('converted_token.'));
}

const counted = async (revoked: boolean): Promise<number> => {
  const page = await (await fetch(server.running.metricsUrl ?? '')).text();
  const name = `wharfpass_ended_job_write_attempts_total{revoked="${revoked}"} `;
  return Number(page.split(name)[1]?.split('\n')[0]);
};

describe.each(['jwt', 'opaque'] as const)('the password of an ended job (%s)', (tokenFormat) => {
  test('CD-07, CD-09: pulls its own project and nothing else, whatever it asks', async () => {
    const job = await server.job(app, jane, { tokenFormat });
    const names = ['acme/app', 'acme/app/cache', 'acme/base', 'acme/tools'].map(
      (name) => `repository:${name}:pull`,
    );
    expect(await ask(asJob(job), ...names)).toEqual(names);
    const change = { projectId: app.id, jobId: job.job.id, status: 'success' } as const;
    await changeJobStatus({ ...server, audit: () => undefined }, change);
    expect(await ask(asJob(job), ...names, 'registry:catalog:*')).toEqual(names.slice(0, 2));
  });

  test('CD-15: an attempt to write is refused, recorded and counted, and reading goes on', async () => {
    const job = await ended({ tokenFormat });
    expect(await ask(asJob(job), all('acme/app'))).toEqual(['repository:acme/app:pull']);
    const [line] = server.logged.lines(ATTEMPT);
    const token = await recordOf(job);
    expect(line).toMatchObject({
      level: 'warn',
      token_id: token?.id,
      job_id: job.job.id,
      project_id: app.id,
      user: 'jane',
      user_id: jane.id,
      ip: '127.0.0.1',
      actions: 'repository:acme/app:push,delete',
      attempts: 1,
    });
    expect(token).toMatchObject({ writeAttempts: 1, lastAttemptAt: server.clock.now() });
    expect(server.logged.text()).not.toContain(job.token.reveal());
    expect(await ask(asJob(job), 'repository:acme/app:pull')).toEqual(['repository:acme/app:pull']);
    expect((await recordOf(job))?.writeAttempts).toBe(1);
  });

  test('CD-15: each attempt is an event of its own, and so is what comes of the last', async () => {
    const job = await ended({ tokenFormat });
    for (let i = 0; i < 3; i += 1) await get(server, { as: asJob(job), scope: all('acme/app') });
    const events = await eventsOf(job);
    const about = {
      project_id: app.id,
      job_id: job.job.id,
      user_id: jane.id,
      actions: 'repository:acme/app:push,delete',
    };
    expect(events).toEqual([
      expect.objectContaining({
        type: 'converted_token.revoked',
        details: { ...about, attempts: 3, reason: 'write_attempts' },
      }),
      ...[3, 2, 1].map((attempts) =>
        expect.objectContaining({
          type: 'converted_token.write_attempt',
          author: { kind: 'job', id: job.job.id, name: `job:${job.job.id}`, user_id: jane.id },
          ip: '127.0.0.1',
          target: { kind: 'converted_token', id: (events[0] as Target).target.id, path: null },
          details: { ...about, attempts },
        }),
      ),
    ]);
  });

  test.each(['push', 'delete', '*', 'pull,push', 'mount'])(
    'CD-15: asking for %s counts, at home and elsewhere',
    async (actions) => {
      const job = await ended({ tokenFormat });
      await get(server, { as: asJob(job), scope: `repository:acme/app:${actions}` });
      await get(server, { as: asJob(job), scope: `repository:acme/other/x:${actions}` });
      expect((await recordOf(job))?.writeAttempts).toBe(2);
    },
  );

  test('row 94, CD-16: the one too many revokes it, raises an alarm and is told why; nothing brings it back', async () => {
    const job = await ended({ tokenFormat });
    const push = () => get(server, { as: asJob(job), scope: all('acme/app') });
    expect([(await push()).status, (await push()).status]).toEqual([200, 200]);
    const last = await push();
    expect(last.status).toBe(401);
    expect(last.text).toMatch(/only reads; it is revoked now/);
    expect(server.logged.lines(REVOKED)).toEqual([
      expect.objectContaining({ level: 'error', job_id: job.job.id, attempts: 3 }),
    ]);
    for (const scope of [all('acme/app'), 'repository:acme/app:pull']) {
      const after = await get(server, { as: asJob(job), scope });
      expect([after.status, after.text]).toEqual([401, expect.stringMatching('has been revoked')]);
    }
    expect((await recordOf(job))?.writeAttempts).toBe(3);
    const again = { projectId: app.id, jobId: job.job.id, status: 'success' } as const;
    await changeJobStatus({ ...server, audit: () => undefined }, again);
    expect((await push()).status).toBe(401);
  });

  test('CD-16: attempts that are far apart revoke nothing', async () => {
    const job = await ended({ tokenFormat });
    for (let i = 0; i < 5; i += 1) {
      expect((await get(server, { as: asJob(job), scope: all('acme/app') })).status).toBe(200);
      server.clock.advance(300_000);
    }
    expect(await recordOf(job)).toMatchObject({ writeAttempts: 5, revokedAt: null });
  });

  test('CD-16: of many attempts at once one revokes, and all after it are refused', async () => {
    const job = await ended({ tokenFormat });
    const before = [await counted(false), await counted(true)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(server, { as: asJob(job), scope: all('acme/app') })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(server.logged.lines(REVOKED)).toHaveLength(1);
    const [mere = 0, last = 0] = before;
    const attempts = (await recordOf(job))?.writeAttempts ?? 0;
    expect([await counted(false), await counted(true)]).toEqual([mere + attempts - 1, last + 1]);
  });

  test('CD-02: a token lives no longer than the password', async () => {
    const job = await ended({ tokenFormat });
    server.clock.advance(90 * 86_400_000 - 120_000);
    const answer = await get(server, { as: asJob(job), scope: 'repository:acme/app:pull' });
    expect(answer.body['expires_in']).toBe(120);
    server.clock.advance(61_000);
    expect((await get(server, { as: asJob(job) })).status).toBe(401);
  });
});

test('CD-15: an attempt that cannot be counted is answered with 503 and no token', async () => {
  const job = await ended();
  const { convertedTokens } = server.store;
  const countWrite = () => Promise.reject(storeUnavailable('away'));
  const store = { convertedTokens: { ...convertedTokens, countWrite } };
  const path = await serveTokenPath(server, { store });
  const answer = await get(path, { as: asJob(job), scope: all('acme/app') });
  expect([answer.status, 'token' in answer.body]).toEqual([503, false]);
  expect((await get(path, { as: asJob(job), scope: 'repository:acme/app:pull' })).status).toBe(200);
  await path.close();
});

test('a running job may ask to write as often as it likes', async () => {
  const job = await server.job(app, jane);
  for (let i = 0; i < 5; i += 1) {
    expect(await ask(asJob(job), all('acme/app'))).toEqual([all('acme/app')]);
  }
  expect(server.logged.lines(ATTEMPT)).toEqual([]);
});

describe('the extended job token', () => {
  test('EXT-06, EXT-09: writes elsewhere only where ADMIN_CONTAINERS is granted, and never deletes', async () => {
    const job = await server.job(app, jane, { runner });
    const scopes = ['acme/app', 'acme/base', 'acme/tools'].map(all);
    expect(await ask(asRunner(job), ...scopes)).toEqual([
      all('acme/app'),
      'repository:acme/base:pull,push',
      'repository:acme/tools:pull',
    ]);
    expect(await ask(asJob(job), ...scopes)).toEqual([
      all('acme/app'),
      'repository:acme/base:pull',
      'repository:acme/tools:pull',
    ]);
  });

  test('EXT-09: not below Developer there, and not where nobody let the project in', async () => {
    const rob = await server.user('rob');
    await server.member('acme/app', 'rob', 'developer');
    await server.member('acme/base', 'rob', 'reporter');
    await server.project('acme/closed');
    await server.member('acme/closed', 'rob', 'owner');
    const job = await server.job(app, rob, { runner });
    expect(await ask(asRunner(job), all('acme/base'), all('acme/closed'))).toEqual([
      'repository:acme/base:pull',
    ]);
  });

  test('EXT-08: dies with the job, and leaves nothing that reads', async () => {
    const job = await ended({ runner });
    expect((await get(server, { as: asRunner(job) })).status).toBe(401);
    expect((await get(server, { as: asJob(job) })).status).toBe(200);
  });

  test('LOW-09: the job’s own permissions bound it as well', async () => {
    const job = await server.job(app, jane, { runner, permissions: 'read' });
    expect(await ask(asRunner(job), all('acme/app'), all('acme/base'))).toEqual([
      'repository:acme/app:pull',
      'repository:acme/base:pull',
    ]);
  });

  test('EXT-12: each use is logged as extended', async () => {
    const job = await server.job(app, jane, { runner });
    await ask(asRunner(job), all('acme/base'));
    await ask(asJob(job), all('acme/base'));
    const uses = server.logged.lines('token issued').map((line) => line['extended'] ?? false);
    expect(uses).toEqual([true, false]);
    expect(server.logged.text()).not.toContain(asRunner(job)[1]);
  });
});

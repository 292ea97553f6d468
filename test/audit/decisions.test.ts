import { describe, expect, test } from '@jest/globals';
import type { Grant } from '../../src/audit.ts';
import { createDecisionEvents } from '../../src/audit/decisions.ts';
import { createUseNotes } from '../../src/audit/job-token-uses.ts';
import type { Author, Details } from '../../src/audit/events.ts';
import type { Principal } from '../../src/credential/principal.ts';
import type { ResourceDecision } from '../../src/policy/decision.ts';
import type { JobTokenUse } from '../../src/store/ports.ts';
import { asked, deploy, job, user } from './cast.ts';

const grant: Grant = {
  granted: 'repository:acme/app:pull',
  refused: ['repository:acme/app:push role'],
  jti: 'j-1',
  expiresIn: 300,
  bytes: 1100,
  decisions: [],
  facts: new Map([['acme/app', { projectId: 10 }]]),
};

interface Decided {
  readonly type: string;
  readonly author: Author;
  readonly details: Details;
}

function decide(work: (audit: ReturnType<typeof createDecisionEvents>) => void): Decided {
  const decided: Decided[] = [];
  work(
    createDecisionEvents({
      decided(type, { author, ip, requestId }, details) {
        expect([ip, requestId]).toEqual(['192.0.2.1', 'r-1']);
        decided.push({ type, author, details });
      },
    }),
  );
  const [only, ...others] = decided;
  if (only === undefined) throw new Error('nothing was decided');
  expect(others).toEqual([]);
  return only;
}

describe('JOB-16: a decision says who, as what, asked for what, got what, and which layer refused the rest', () => {
  test('a job', () => {
    expect(decide((audit) => audit.issued(asked, job, grant))).toEqual({
      type: 'token.issued',
      author: { kind: 'job', id: 7, name: 'job:7', user_id: 3 },
      details: {
        service: 'container_registry',
        account: 'jane',
        client_id: 'docker',
        user_agent: 'docker/28',
        asked: 'repository:acme/app:pull,push',
        user_id: 3,
        user: 'jane',
        job_id: 7,
        pipeline_id: 11,
        project_id: 10,
        runner_id: 5,
        extended: false,
        converted: false,
        outcome: 'narrowed',
        granted: 'repository:acme/app:pull',
        refused: ['repository:acme/app:push role'],
        project_ids: [10],
        jti: 'j-1',
        expires_in: 300,
      },
    });
  });

  test('EXT-12: a use of the extended token is marked as one', () => {
    const { details } = decide((audit) => audit.issued(asked, { ...job, extended: true }, grant));
    expect(details['extended']).toBe(true);
  });

  test('CD-16: so is one of a password whose job has ended', () => {
    const { details } = decide((audit) => audit.issued(asked, { ...job, convertedId: 8 }, grant));
    expect(details['converted']).toBe(true);
  });

  test.each<[Principal, Author]>([
    [user, { kind: 'user', id: 3, name: 'jane', token_id: 9 }],
    [deploy, { kind: 'deploy_token', id: 4, name: 'deploy_token:4' }],
    [{ kind: 'anonymous' }, { kind: 'anonymous' }],
  ])('$kind', (principal, author) => {
    expect(decide((audit) => audit.issued(asked, principal, grant)).author).toEqual(author);
    const refusal = decide((audit) => audit.refused(asked, principal, 'too late'));
    expect(refusal).toMatchObject({ type: 'token.refused', author });
    expect(refusal.details).toMatchObject({ outcome: 'refused', reason: 'too late' });
  });

  test('where the credential proved nothing, nobody is named', () => {
    const { author, details } = decide((audit) => audit.refused(asked, null, 'no such token'));
    expect(author).toEqual({ kind: 'unknown' });
    expect(details).not.toHaveProperty('user_id');
  });

  test.each([
    ['granted', 'x', []],
    ['narrowed', 'x', ['y role']],
    ['empty', '', ['y role']],
    ['empty', '', []],
  ])('outcome %s for %j and %j', (outcome, granted, refused) => {
    const { details } = decide((audit) =>
      audit.issued(asked, user, { ...grant, granted, refused }),
    );
    expect(details['outcome']).toBe(outcome);
  });

  test('T47: what a client says of itself is cut short', () => {
    const userAgent = 'b'.repeat(5000);
    const { details } = decide((audit) => audit.issued({ ...asked, userAgent }, user, grant));
    expect(JSON.stringify(details['user_agent']).length).toBeLessThan(250);
  });
});

describe('JOB-22: who came with a job token from elsewhere is noted', () => {
  const decision = (
    name: string,
    ...actions: (readonly [string, ResourceDecision['actions'][number]['refusedBy']])[]
  ): ResourceDecision => ({
    type: 'repository',
    name,
    actions: actions.map(([action, refusedBy]) => ({ action, refusedBy })),
  });
  const facts = new Map([
    ['acme/app', { projectId: 10 }],
    ['acme/other', { projectId: 20 }],
    ['acme/closed', { projectId: 30 }],
  ]);

  function notesOf(principal: Principal, ...decisions: ResourceDecision[]): JobTokenUse[] {
    const notes: JobTokenUse[] = [];
    const uses = createUseNotes({ note: (use) => void notes.push(use) }, { now: () => 1 });
    uses.issued(asked, principal, { ...grant, decisions, facts });
    return notes;
  }
  const use = (targetProjectId: number, refusedBy: string | null): JobTokenUse => ({
    targetProjectId,
    sourceProjectId: 10,
    refusedBy,
    userId: 3,
    jobId: 7,
    ip: '192.0.2.1',
  });

  test('in, out with the first layer that said so, and both where a part was granted', () => {
    expect(notesOf(job, decision('acme/other', ['pull', null]))).toEqual([use(20, null)]);
    expect(
      notesOf(job, decision('acme/closed', ['pull', 'allowlist'], ['push', 'own_project'])),
    ).toEqual([use(30, 'allowlist')]);
    expect(notesOf(job, decision('acme/other', ['pull', null], ['push', 'own_project']))).toEqual([
      use(20, null),
      use(20, 'own_project'),
    ]);
  });

  test('never for its own project, for what is no project, or for anybody but jobs', () => {
    expect(notesOf(job, decision('acme/app', ['pull', null]))).toEqual([]);
    expect(notesOf(job, decision('acme/none', ['pull', 'repository']))).toEqual([]);
    expect(notesOf(user, decision('acme/other', ['pull', null]))).toEqual([]);
    expect(notesOf(deploy, decision('acme/other', ['pull', null]))).toEqual([]);
  });
});

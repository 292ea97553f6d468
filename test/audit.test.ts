import { describe, expect, test } from '@jest/globals';
import { createAudit, subjectOf } from '../src/audit.ts';
import type { Principal } from '../src/credential/principal.ts';
import { asked, deploy, job, user } from './audit/cast.ts';
import { logLines } from './support/log-lines.ts';

const grant = {
  granted: 'repository:acme/app:pull',
  refused: ['repository:acme/app:push role'],
  jti: 'j-1',
  expiresIn: 300,
  bytes: 1100,
  decisions: [],
  facts: new Map(),
};

function lineOf(write: (audit: ReturnType<typeof createAudit>) => void) {
  const { log, lines } = logLines();
  write(createAudit(log));
  const [line, ...others] = lines();
  expect(others).toEqual([]);
  return line;
}

describe('JOB-16: one line says who asked for what, from where, and what came of it', () => {
  test('protocol 55: a token that some proxies drop is a warning with its size', () => {
    const large = lineOf((audit) => audit.issued(asked, user, { ...grant, bytes: 7169 }));
    expect(large).toMatchObject({ level: 'warn', token_bytes: 7169, jti: 'j-1' });
    const usual = lineOf((audit) => audit.issued(asked, user, { ...grant, bytes: 7168 }));
    expect(usual).not.toHaveProperty('token_bytes');
  });

  test('a request', () => {
    expect(lineOf((audit) => audit.issued(asked, user, grant))).toMatchObject({
      level: 'info',
      msg: 'token issued',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      request_id: 'r-1',
      ip: '192.0.2.1',
      client_id: 'docker',
      user_agent: 'docker/28',
      account: 'jane',
      service: 'container_registry',
      asked: 'repository:acme/app:pull,push',
      granted: 'repository:acme/app:pull',
      refused: ['repository:acme/app:push role'],
      jti: 'j-1',
      expires_in: 300,
    });
  });

  test.each<[Principal, Record<string, unknown>]>([
    [{ kind: 'anonymous' }, { as: 'anonymous', sub: '' }],
    [user, { as: 'user', sub: 'user:jane', via: 'personal_access_token', token_id: 9 }],
    [deploy, { as: 'deploy_token', sub: 'deploy_token:4', username: 'robot' }],
    [job, { as: 'job', sub: 'job:7', user: 'jane', pipeline_id: 11, project_id: 10, runner_id: 5 }],
  ])('for $kind, in a grant and in a refusal', (principal, expected) => {
    expect(lineOf((audit) => audit.issued(asked, principal, grant))).toMatchObject(expected);
    const refusal = lineOf((audit) => audit.refused(asked, principal, 'too late'));
    expect(refusal).toMatchObject({ ...expected, level: 'warn', reason: 'too late' });
  });

  test('where the credential proved nothing, nobody is named', () => {
    const line = lineOf((audit) =>
      audit.refused(asked, null, 'no user with this name and password'),
    );
    expect(line).toMatchObject({ level: 'warn', msg: 'token refused', account: 'jane' });
    expect(line).not.toHaveProperty('sub');
    expect(line).not.toHaveProperty('as');
    expect(line).not.toHaveProperty('granted');
  });

  test('nothing refused leaves no empty list', () => {
    const line = lineOf((audit) => audit.issued(asked, user, { ...grant, refused: [] }));
    expect(line).not.toHaveProperty('refused');
  });
});

test('T7: no two principals share a subject, whatever a user is called', () => {
  const named = (username: string) => subjectOf({ ...user, actor: { ...user.actor, username } });
  const subjects = [
    named('jane'),
    named('job:7'),
    named('deploy_token:4'),
    subjectOf(deploy),
    subjectOf(job),
  ];
  expect(new Set(subjects).size).toBe(subjects.length);
});

test('T47: what a client says of itself is cut short, and line breaks stay inside their value', () => {
  const userAgent = `a\n{"level":"info","msg":"token issued"}${'b'.repeat(5000)}`;
  const line = lineOf((audit) => audit.issued({ ...asked, userAgent }, user, grant));
  expect(String(line?.['user_agent']).length).toBeLessThan(250);
});

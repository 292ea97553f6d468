import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseDirectory } from '../../src/directory/parse.ts';
import { ConfigurationError, printProblem } from '../../src/settings/problem.ts';

const FOLDER = 'test/directory';

function problemsOf(text: string, name = 'd.yml'): string[] {
  try {
    parseDirectory(text, name);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(printProblem);
    throw error;
  }
}

describe('busted files', () => {
  const fixtures = readdirSync(FOLDER).filter((name) => /^busted_.*\.yml$/.test(name));

  test.each(fixtures)('%s is refused with exactly the messages it names', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const expected = [...text.matchAll(/^#: (.*)$/gm)].map((match) => `${name}:${match[1]}`);
    expect(expected.length).toBeGreaterThan(0);
    expect(problemsOf(text, name)).toEqual(expected);
  });

  test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(5));
});

describe('parseDirectory', () => {
  test('an empty file declares nothing', () => {
    const { snapshot, declared, foreign } = parseDirectory('# nothing yet\n', 'd.yml');
    expect(Object.values(snapshot).flat()).toEqual([]);
    expect(declared).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test('the example file: closed by default, and all its names are its own', () => {
    const file = parseDirectory(readFileSync('config/directory.yml', 'utf8'), 'directory.yml');
    expect(file.foreign).toEqual([]);
    expect(file.snapshot.users.length).toBeGreaterThan(1);
    expect(file.snapshot.allowlist.length).toBeGreaterThan(0);
    expect(file.snapshot.protection.length).toBeGreaterThan(0);
  });

  test('defaults give the least', () => {
    const { snapshot } = parseDirectory(
      'users: {jane: }\ngroups: {acme: }\nprojects: {acme/app: }\n',
      'd.yml',
    );
    expect(snapshot.users).toEqual([
      {
        username: 'jane',
        name: 'jane',
        email: null,
        state: 'active',
        admin: false,
        external: false,
        twoFactor: false,
        passwordHash: null,
      },
    ]);
    expect(snapshot.groups).toEqual([{ fullPath: 'acme', name: 'acme', visibility: 'private' }]);
    expect(snapshot.projects).toEqual([
      {
        fullPath: 'acme/app',
        name: 'app',
        visibility: 'private',
        registryAccess: 'enabled',
        archived: false,
        jobsEnabled: true,
        allowlistEnabled: true,
        autoDevops: false,
        autoDeployToken: null,
        jobTokenAfterJob: 'none',
      },
    ]);
    expect(snapshot.members).toEqual([]);
  });

  test('what a project says of its automatic deploy token and of passwords after their jobs', () => {
    const [project] = parseDirectory(
      'groups: {acme: }\nprojects: {acme/app: {auto_devops: true, auto_deploy_token: false, job_token_after_job: read}}\n',
      'd.yml',
    ).snapshot.projects;
    expect(project).toMatchObject({
      autoDevops: true,
      autoDeployToken: false,
      jobTokenAfterJob: 'read',
    });
    expect(
      problemsOf('groups: {acme: }\nprojects: {acme/app: {job_token_after_job: write}}\n'),
    ).toHaveLength(1);
  });

  test('LOW-04: an allowlist entry: all, some, none, and a permission that does not exist', () => {
    const allow = (entry: string): string =>
      `groups: {a: , b: }\nprojects: {a/x: {job_token_allowlist: {groups: {b: ${entry}}}}}\n`;
    const policies = (entry: string) =>
      parseDirectory(allow(entry), 'd.yml').snapshot.allowlist[0]?.policies;
    expect(policies('all')).toBeNull();
    expect(policies('[READ_JOBS, READ_CONTAINERS, READ_JOBS]')).toEqual([
      'READ_CONTAINERS',
      'READ_JOBS',
    ]);
    expect(policies('[]')).toEqual([]);
    expect(problemsOf(allow('[READ_CONTAINER]'))[0]).toContain('did you mean "READ_CONTAINERS"?');
    expect(problemsOf(allow('everything'))[0]).toContain('must be all, but is "everything"');
  });

  test('what the file uses and does not declare must come from the API', () => {
    const { foreign } = parseDirectory(
      'projects: {jane/tool: {members: {joe: guest}, job_token_allowlist: {projects: {x/y: all}}}}\n',
      'd.yml',
    );
    expect(foreign.map(({ kinds, name }) => `${kinds.join('|')} ${name}`)).toEqual([
      'group|user jane',
      'user joe',
      'project x/y',
    ]);
  });

  test('moments: a date is its first moment in UTC', () => {
    const at = (text: string) =>
      parseDirectory(
        `users: {jane: }\ngroups: {acme: {members: {jane: {access: guest, expires_at: '${text}'}}}}\n`,
        'd.yml',
      ).snapshot.members[0]?.expiresAt;
    expect(at('2030-01-31')).toBe(Date.UTC(2030, 0, 31));
    expect(at('2030-01-31T12:00:00+02:00')).toBe(Date.UTC(2030, 0, 31, 10));
  });

  test('T49: random edits of the example are refused with a line or understood, never a crash', () => {
    const example = readFileSync('config/directory.yml', 'utf8');
    const edit = fc.record({
      at: fc.nat(example.length),
      drop: fc.nat(12),
      add: fc.string({ maxLength: 6, unit: 'binary' }),
    });
    fc.assert(
      fc.property(edit, ({ at, drop, add }) => {
        const problems = problemsOf(example.slice(0, at) + add + example.slice(at + drop));
        for (const problem of problems) expect(problem).toMatch(/^d\.yml:\d+: /);
      }),
      { numRuns: 300 },
    );
  });
});

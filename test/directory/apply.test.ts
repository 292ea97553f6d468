/** The directory file against a real store. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDirectoryFile, planDirectoryFile } from '../../src/directory/apply.ts';
import { createLog } from '../../src/log.ts';
import { ACCESS } from '../../src/policy/facts.ts';
import { ConfigurationError } from '../../src/settings/problem.ts';
import type { DirectoryChange, DirectorySnapshot } from '../../src/store/directory-change.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/ports.ts';
import { directorySnapshot } from './arbitrary.ts';
import { sortSnapshot } from './model.ts';

const clock = { now: () => Date.UTC(2026, 8, 1) };
let folder: string;
let path: string;
let store: Store;
let logged: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-directory-'));
  path = join(folder, 'directory.yml');
  logged = [];
  store = await openEmbeddedStore({ dataDir: join(folder, 'data'), clock, log: log() });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const log = () => createLog({ level: 'info' }, { write: (line) => void logged.push(line) });

function apply(text: string) {
  writeFileSync(path, text);
  return applyDirectoryFile({ directory: store.directory, path, clock, log: log() });
}

async function problems(text: string): Promise<readonly string[]> {
  const error: unknown = await apply(text).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigurationError)) throw new Error(`not refused: ${String(error)}`);
  return error.message.replaceAll(path, 'd.yml').split('\n');
}

const overApi = (...changes: DirectoryChange[]) => store.directory.apply(changes, clock.now());
const apiGroup = (fullPath: string): DirectoryChange => ({
  kind: 'group.create',
  fullPath,
  fields: { name: fullPath, visibility: 'private' },
  managedBy: 'api',
});
const apiUser = (username: string): DirectoryChange => ({
  kind: 'user.create',
  username,
  fields: {
    name: username,
    email: null,
    state: 'active',
    admin: false,
    external: false,
    twoFactor: false,
    passwordHash: null,
  },
  managedBy: 'api',
});
const apiProject = (fullPath: string): DirectoryChange => ({
  kind: 'project.create',
  fullPath,
  fields: {
    name: 'p',
    visibility: 'private',
    registryAccess: 'enabled',
    archived: false,
    jobsEnabled: true,
    allowlistEnabled: true,
    autoDevops: false,
    autoDeployToken: null,
    jobTokenAfterJob: 'none',
  },
  managedBy: 'api',
});

test('the example file applies to an empty store; again, nothing is to do and nothing is written', async () => {
  const example = readFileSync('config/directory.yml', 'utf8');
  const first = await apply(example);
  expect(first.text).toContain('+ project acme/app (private)');
  expect(first.changes.length).toBeGreaterThan(10);
  const project = await store.directory.project('acme/app');
  expect(project).toMatchObject({ managedBy: 'file', visibility: 'private' });
  const jane = await store.directory.userByUsername('jane');
  const source = { kind: 'project', id: project?.id ?? 0 } as const;
  expect(await store.directory.accessLevel(jane?.id ?? 0, source, clock.now())).toBe(
    ACCESS.maintainer,
  );
  const second = await apply(example);
  expect(second).toMatchObject({ changes: [], text: '' });
  expect(logged.some((line) => line.includes('+ project acme/app (private)'))).toBe(true);
});

test('any directory to any other, through the file and the store', async () => {
  const steps = fc.sample(directorySnapshot, { numRuns: 25, seed: 7 });
  for (const wanted of steps) {
    await apply(toYaml(wanted));
    expect(sortSnapshot(await store.directory.fileManaged())).toEqual(sortSnapshot(wanted));
    expect(await planDirectoryFile({ directory: store.directory, path })).toMatchObject({
      changes: [],
    });
  }
});

describe('T49: all or nothing', () => {
  test('a file that is wrong anywhere changes nothing', async () => {
    await apply('users: {jane: }\n');
    const before = await store.directory.fileManaged();
    expect(await problems('users:\n  joe:\n  jane: {admin: maybe}\n')).toEqual([
      'd.yml:3: users.jane.admin: must be true or false, but is "maybe"',
    ]);
    expect(await store.directory.fileManaged()).toEqual(before);
    expect(await store.directory.userByUsername('joe')).toBeNull();
  });

  test('a file that is gone changes nothing', async () => {
    await apply('users: {jane: }\n');
    rmSync(path);
    const plan = planDirectoryFile({ directory: store.directory, path });
    await expect(plan).rejects.toThrow(/the directory file cannot be read \(ENOENT\)/);
    expect(await store.directory.userByUsername('jane')).not.toBeNull();
  });

  test('one change that the store refuses undoes all', async () => {
    await apply('users: {jane: }\n');
    const directory = {
      ...store.directory,
      apply: (changes: readonly DirectoryChange[], now: number) =>
        store.directory.apply([...changes, { kind: 'user.delete', user: 'nobody' }], now),
    };
    writeFileSync(path, 'users: {joe: }\n');
    const applied = applyDirectoryFile({ directory, path, clock, log: log() });
    await expect(applied).rejects.toThrow('There is no user "nobody".');
    expect(await store.directory.userByUsername('jane')).not.toBeNull();
    expect(await store.directory.userByUsername('joe')).toBeNull();
  });
});

describe('next to the API', () => {
  test('what the API made stays, and the file may refer to it', async () => {
    await overApi(apiUser('Bot'), apiGroup('infra'));
    await apply('projects: {infra/app: {members: {bot: owner}}, bot/tool: }\n');
    expect(
      await apply('projects: {infra/app: {members: {bot: owner}}, bot/tool: }\n'),
    ).toMatchObject({
      changes: [],
      text: '',
    });
    await apply('');
    expect(await store.directory.project('infra/app')).toBeNull();
    expect(await store.directory.group('infra')).not.toBeNull();
    expect(await store.directory.userByUsername('bot')).not.toBeNull();
  });

  test('a name that nobody made is refused with its line, and with the one that was meant', async () => {
    const text = `users: {jane: }
groups:
  acme:
    members: {jnae: owner}
projects:
  acne/app: {job_token_allowlist: {groups: {infra: all}}}
`;
    expect(await problems(text)).toEqual([
      'd.yml:4: groups.acme.members.jnae: there is no user jnae; did you mean "jane"?',
      'd.yml:6: projects.[acne/app]: there is no group or user acne; did you mean "acme"?',
      'd.yml:6: projects.[acne/app].job_token_allowlist.groups.infra: there is no group infra',
    ]);
  });

  test('a name that was the file’s own and leaves it is missing where it is still used', async () => {
    await apply('users: {jane: }\nprojects: {jane/tool: }\n');
    expect(await problems('projects: {jane/tool: }\n')).toEqual([
      'd.yml:1: projects.[jane/tool]: there is no group or user jane',
    ]);
  });

  test('the file does not take over what the API made', async () => {
    await overApi(apiUser('jane'), apiGroup('acme'));
    expect(await problems('users:\n  jane: {admin: true}\ngroups:\n  Acme:\n')).toEqual([
      'd.yml:2: users.jane: the user jane was made over the API; delete it there, or take it out of the file',
      'd.yml:4: groups.Acme: the group Acme was made over the API; delete it there, or take it out of the file',
    ]);
    expect(await store.directory.userByUsername('jane')).toMatchObject({ admin: false });
  });

  test('a group that leaves the file must not take along what the API made in it', async () => {
    await apply('groups:\n  acme:\n  acme/sub:\nusers: {jane: }\n');
    await overApi(apiProject('acme/sub/tool'), apiProject('jane/own'));
    expect(await problems('groups: {acme: }\n')).toEqual([
      'd.yml:1: groups: the group acme/sub is no longer here, but holds acme/sub/tool, which was made over the API; move or delete that first, or keep the group',
      'd.yml:1: users: the user jane is no longer here, but holds jane/own, which was made over the API; move or delete that first, or keep the user',
    ]);
    expect(await store.directory.project('acme/sub/tool')).not.toBeNull();
  });
});

const role = (level: number): string =>
  Object.entries(ACCESS).find(([, value]) => value === level)?.[0] ?? '';

/** The file that declares a snapshot. */
function toYaml(snapshot: DirectorySnapshot): string {
  const membersOf = (kind: string, fullPath: string) =>
    Object.fromEntries(
      snapshot.members
        .filter(({ source }) => source.kind === kind && source.fullPath === fullPath)
        .map(({ username, accessLevel, expiresAt }) => [
          username,
          expiresAt === null
            ? role(accessLevel)
            : { access: role(accessLevel), expires_at: new Date(expiresAt).toISOString() },
        ]),
    );
  const entriesOf = (target: string, kind: string) =>
    Object.fromEntries(
      snapshot.allowlist
        .filter((each) => each.target === target && each.source.kind === kind)
        .map(({ source, policies }) => [source.fullPath, policies ?? 'all']),
    );
  const rulesOf = (project: string, rule: string) =>
    Object.fromEntries(
      snapshot.protection
        .filter((each) => each.project === project && each.rule === rule)
        .map((each) => [each.pattern, { push: role(each.minimumAccessLevelForPush ?? 0) }]),
    );
  const users = snapshot.users.map(
    ({ username, name, email, state, admin, external, twoFactor }) => [
      username,
      { name, ...(email && { email }), state, admin, external, two_factor: twoFactor },
    ],
  );
  const groups = snapshot.groups.map(({ fullPath, name, visibility }) => [
    fullPath,
    { name, visibility, members: membersOf('group', fullPath) },
  ]);
  const projects = snapshot.projects.map((project) => [
    project.fullPath,
    {
      name: project.name,
      visibility: project.visibility,
      registry_access: project.registryAccess,
      archived: project.archived,
      jobs_enabled: project.jobsEnabled,
      auto_devops: project.autoDevops,
      auto_deploy_token: project.autoDeployToken,
      job_token_after_job: project.jobTokenAfterJob,
      members: membersOf('project', project.fullPath),
      job_token_allowlist: {
        enabled: project.allowlistEnabled,
        projects: entriesOf(project.fullPath, 'project'),
        groups: entriesOf(project.fullPath, 'group'),
      },
      protected_repositories: rulesOf(project.fullPath, 'repository'),
      protected_tags: rulesOf(project.fullPath, 'tag'),
    },
  ]);
  return stringify({
    users: Object.fromEntries(users) as unknown,
    groups: Object.fromEntries(groups) as unknown,
    projects: Object.fromEntries(projects) as unknown,
  });
}

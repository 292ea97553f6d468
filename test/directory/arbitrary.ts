/** Random directories that could stand in a file: every name that is used is declared. */
import fc from 'fast-check';
import type { DirectorySnapshot } from '../../src/store/directory-change.ts';

/** One small pool for all kinds, so that a name is often another kind of thing in the next directory. */
const NAMES = ['a', 'b', 'c', 'd'];
const PATHS = NAMES.flatMap((x) => NAMES.slice(0, 2).map((y) => `${x}/${y}`));
const DEEP = PATHS.slice(0, 4).flatMap((x) => [`${x}/x`, `${x}/y`]);

const userFields = fc.record({
  name: fc.constantFrom('One', 'Two'),
  email: fc.constantFrom(null, 'a@example.com'),
  state: fc.constantFrom('active' as const, 'blocked' as const),
  admin: fc.boolean(),
  external: fc.boolean(),
  twoFactor: fc.boolean(),
  passwordHash: fc.constant(null),
});
const visibility = fc.constantFrom('public' as const, 'internal' as const, 'private' as const);
const projectFields = fc.record({
  name: fc.constantFrom('One', 'Two'),
  visibility,
  registryAccess: fc.constantFrom('enabled' as const, 'private' as const, 'disabled' as const),
  archived: fc.boolean(),
  jobsEnabled: fc.boolean(),
  allowlistEnabled: fc.boolean(),
  autoDevops: fc.boolean(),
  autoDeployToken: fc.constantFrom(null, true, false),
  jobTokenAfterJob: fc.constantFrom('none' as const, 'read' as const),
});
const level = fc.constantFrom(10 as const, 20 as const, 30 as const, 40 as const, 50 as const);
const least = fc.constantFrom(30 as const, 40 as const, 50 as const);
const policies = fc.constantFrom(
  null,
  [],
  ['READ_CONTAINERS' as const],
  ['READ_CONTAINERS' as const, 'READ_JOBS' as const],
);

interface Shape {
  readonly kinds: Readonly<Record<string, 'user' | 'group' | 'project' | 'none'>>;
}

const shape: fc.Arbitrary<Shape> = fc
  .record(
    Object.fromEntries([
      ...NAMES.map((name) => [name, fc.constantFrom('user', 'group', 'none')]),
      ...[...PATHS, ...DEEP].map((path) => [path, fc.constantFrom('group', 'project', 'none')]),
    ]) as Record<string, fc.Arbitrary<Shape['kinds'][string]>>,
  )
  .map((kinds) => ({ kinds: withoutOrphans(kinds) }));

function withoutOrphans(kinds: Shape['kinds']): Shape['kinds'] {
  const kept: Record<string, Shape['kinds'][string]> = {};
  for (const [path, kind] of Object.entries(kinds)) {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;
    const fits =
      parent === null ||
      kept[parent] === 'group' ||
      (kept[parent] === 'user' && kind === 'project');
    kept[path] = fits ? kind : 'none';
  }
  return kept;
}

export const directorySnapshot: fc.Arbitrary<DirectorySnapshot> = shape.chain(({ kinds }) => {
  const of = (kind: string): string[] => Object.keys(kinds).filter((name) => kinds[name] === kind);
  const [users, groups, projects] = [of('user'), of('group'), of('project')];
  const sources = [
    ...groups.map((fullPath) => ({ kind: 'group' as const, fullPath })),
    ...projects.map((fullPath) => ({ kind: 'project' as const, fullPath })),
  ];
  return fc.record({
    users: each(users, (username) => userFields.map((fields) => ({ username, ...fields }))),
    groups: each(groups, (fullPath) =>
      visibility.map((v) => ({ fullPath, name: 'g', visibility: v })),
    ),
    projects: each(projects, (fullPath) => projectFields.map((f) => ({ fullPath, ...f }))),
    members: some(
      sources.flatMap((source) => users.map((username) => ({ source, username }))),
      (key) =>
        fc
          .record({ accessLevel: level, expiresAt: fc.constantFrom(null, 1_900_000_000_000) })
          .map((rest) => ({ ...key, ...rest })),
    ),
    allowlist: some(
      projects.flatMap((target) => sources.map((source) => ({ target, source }))),
      (key) => policies.map((list) => ({ ...key, policies: list })),
    ),
    protection: some(
      projects.flatMap((project) =>
        (['repository', 'tag'] as const).flatMap((rule) =>
          ['v*', `${project}/*`].map((pattern) => ({ project, rule, pattern })),
        ),
      ),
      (key) =>
        least.map((minimum) => ({
          ...key,
          minimumAccessLevelForPush: minimum,
          minimumAccessLevelForDelete: null,
        })),
    ),
  });
});

function each<T>(names: readonly string[], of: (name: string) => fc.Arbitrary<T>) {
  return fc.tuple(...names.map(of));
}

function some<K, T>(keys: readonly K[], of: (key: K) => fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc
    .subarray([...keys], { maxLength: Math.min(8, keys.length) })
    .chain((kept) => fc.tuple(...kept.map(of)));
}

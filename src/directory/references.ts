/** Names in the directory file that stand for something declared elsewhere: in the file, or over the API. */
import type { Finding } from '../settings/explain-issue.ts';
import type { Path } from '../settings/outline.ts';
import type { DirectoryYaml } from './schema.ts';

export type Kind = 'user' | 'group' | 'project';

export interface Declaration {
  readonly kind: Kind;
  readonly name: string;
  readonly path: Path;
}

/** One name that must exist; `kinds` are the kinds of object that it may be. */
export interface Reference {
  readonly kinds: readonly Kind[];
  readonly name: string;
  readonly path: Path;
}

/** Names are compared without case, as in GitLab. */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

export function declarations(file: DirectoryYaml): Declaration[] {
  const of = (kind: Kind, section: keyof DirectoryYaml): Declaration[] =>
    Object.keys(file[section]).map((name) => ({ kind, name, path: [section, name] }));
  return [...of('user', 'users'), ...of('group', 'groups'), ...of('project', 'projects')];
}

export function references(file: DirectoryYaml): Reference[] {
  return [
    ...Object.entries(file.groups).flatMap(([name, group]) => [
      ...parent(name, ['group'], ['groups', name]),
      ...named(group.members, ['user'], ['groups', name, 'members']),
    ]),
    ...Object.entries(file.projects).flatMap(([name, project]) => {
      const path = ['projects', name];
      const list = project.job_token_allowlist;
      return [
        ...parent(name, ['group', 'user'], path),
        ...named(project.members, ['user'], [...path, 'members']),
        ...named(list.projects, ['project'], [...path, 'job_token_allowlist', 'projects']),
        ...named(list.groups, ['group'], [...path, 'job_token_allowlist', 'groups']),
      ];
    }),
  ];
}

function parent(fullPath: string, kinds: readonly Kind[], path: Path): Reference[] {
  const slash = fullPath.lastIndexOf('/');
  return slash < 0 ? [] : [{ kinds, name: fullPath.slice(0, slash), path }];
}

function named(record: Readonly<Record<string, unknown>>, kinds: readonly Kind[], at: Path) {
  return Object.keys(record).map((name) => ({ kinds, name, path: [...at, name] }));
}

/** Users, groups and projects share one space of names; the same name twice, in any case, is refused. */
export function doubled(all: readonly Declaration[]): Finding[] {
  const first = new Map<string, Declaration>();
  return all.flatMap((each) => {
    const other = first.get(keyOf(each.name));
    first.set(keyOf(each.name), other ?? each);
    if (other === undefined) return [];
    const text = `the name is taken by the ${other.kind} ${other.name}`;
    return [{ path: each.path, text }];
  });
}

/** The same member or allowlist entry in two spellings. */
export function doubledReferences(all: readonly Reference[]): Finding[] {
  const seen = new Set<string>();
  return all.flatMap((each) => {
    const holder = each.path.slice(0, -1);
    const key = JSON.stringify([holder, keyOf(each.name)]);
    const again = holder.length > 1 && seen.has(key);
    seen.add(key);
    return again ? [{ path: each.path, text: 'stands here twice, in two spellings' }] : [];
  });
}

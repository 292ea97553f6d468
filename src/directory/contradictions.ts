/** Where the file contradicts what was made over the API. */
import type { Problem } from '../settings/problem.ts';
import type { DirectoryChange } from '../store/directory-change.ts';
import type { Listing, ListQuery, Position } from '../store/listing.ts';
import type { Directory } from '../store/ports.ts';
import type { ManagedBy } from '../store/records.ts';
import { unknownName, type DirectoryFile } from './parse.ts';
import { keyOf, type Kind, type Reference } from './references.ts';

interface Managed {
  readonly managedBy: ManagedBy;
}

/** Every problem; empty where the changes can be applied as far as one can tell beforehand. */
export async function contradictions(
  file: DirectoryFile,
  changes: readonly DirectoryChange[],
  directory: Directory,
): Promise<Problem[]> {
  return [
    ...(await takenNames(file, changes, directory)),
    ...(await missingNames(file, directory)),
    ...(await takenAlong(file, changes, directory)),
  ];
}

function find(directory: Directory, kind: Kind, name: string): Promise<Managed | null> {
  switch (kind) {
    case 'user':
      return directory.userByUsername(name);
    case 'group':
      return directory.group(name);
    case 'project':
      return directory.project(name);
  }
}

/** What the file would create must not exist over the API already: whose it is would be anybody's guess. */
async function takenNames(
  file: DirectoryFile,
  changes: readonly DirectoryChange[],
  directory: Directory,
): Promise<Problem[]> {
  const created = new Set(changes.flatMap(createdName).map(keyOf));
  const fresh = file.declared.filter(({ name }) => created.has(keyOf(name)));
  const problems = await Promise.all(
    fresh.map(async ({ name, path }) => {
      const kinds = (['user', 'group', 'project'] as const).map(
        async (kind) => [kind, await find(directory, kind, name)] as const,
      );
      const taken = (await Promise.all(kinds)).find(([, found]) => found?.managedBy === 'api');
      if (taken === undefined) return [];
      const text = `the ${taken[0]} ${name} was made over the API; delete it there, or take it out of the file`;
      return [file.problem({ path, text })];
    }),
  );
  return problems.flat();
}

function createdName(change: DirectoryChange): string[] {
  if (change.kind === 'user.create') return [change.username];
  const path = change.kind === 'group.create' || change.kind === 'project.create';
  return path ? [change.fullPath] : [];
}

/** A name that the file does not declare must be of the API: one the file used to declare is about to go. */
async function missingNames(file: DirectoryFile, directory: Directory): Promise<Problem[]> {
  const exists = async (reference: Reference): Promise<boolean> => {
    const found = reference.kinds.map((kind) => find(directory, kind, reference.name));
    return (await Promise.all(found)).some((each) => each?.managedBy === 'api');
  };
  const problems = await Promise.all(
    file.foreign.map(async (reference) =>
      (await exists(reference)) ? [] : [file.problem(unknownName(reference, file.declared))],
    ),
  );
  return problems.flat();
}

/** A group or user that leaves the file must not take along what was made in it over the API. */
async function takenAlong(
  file: DirectoryFile,
  changes: readonly DirectoryChange[],
  directory: Directory,
): Promise<Problem[]> {
  const ending = changes.flatMap(endedHolder);
  if (ending.length === 0) return [];
  const inside = [
    ...(await all((page) => directory.groups(page))),
    ...(await all((page) => directory.projects(page))),
  ].filter(({ managedBy }) => managedBy === 'api');
  return ending.flatMap(({ kind, name }) => {
    const held = inside.find(({ fullPath }) => keyOf(fullPath).startsWith(`${keyOf(name)}/`));
    if (held === undefined) return [];
    const text = `the ${kind} ${name} is no longer here, but holds ${held.fullPath}, which was made over the API; move or delete that first, or keep the ${kind}`;
    return [file.problem({ path: [`${kind}s`], text })];
  });
}

function endedHolder(change: DirectoryChange): { kind: 'group' | 'user'; name: string }[] {
  if (change.kind === 'group.delete') return [{ kind: 'group', name: String(change.group) }];
  return change.kind === 'user.delete' ? [{ kind: 'user', name: String(change.user) }] : [];
}

async function all<T>(list: (query: ListQuery<never>) => Promise<Listing<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: Position | undefined;
  do {
    const page: Listing<T> = await list({ offset: 0, limit: 1000, after, countTo: 0 });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

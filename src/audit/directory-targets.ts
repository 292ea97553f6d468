/** Names and ids of what a list of changes is about. */
import type { PathRef, UserRef } from '../store/directory-change.ts';
import type { Directory } from '../store/ports.ts';
import type { Target } from './events.ts';

export type Names = Pick<Directory, 'user' | 'userByUsername' | 'group' | 'project'>;

/** Ids of what the changes name, as it is afterwards; what is gone by then has a path and no id. */
export function createTargets(directory: Names) {
  const known = new Map<string, Promise<Target>>();
  const remember = (key: string, find: () => Promise<Target>): Promise<Target> => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  return {
    user: (ref: UserRef): Promise<Target> =>
      remember(`user ${ref}`, async () => {
        const byId = typeof ref === 'number';
        const user = await (byId ? directory.user(ref) : directory.userByUsername(ref));
        return { kind: 'user', id: user?.id ?? null, path: user?.username ?? String(ref) };
      }),
    source: (kind: 'group' | 'project', ref: PathRef): Promise<Target> =>
      remember(`${kind} ${ref}`, async () => {
        const found = await directory[kind](ref);
        return { kind, id: found?.id ?? null, path: found?.fullPath ?? String(ref) };
      }),
  };
}

export type Targets = ReturnType<typeof createTargets>;

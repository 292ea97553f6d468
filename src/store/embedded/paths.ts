/**
 * Names of users, groups and projects. Each segment is a path component of a repository name as registries know it
 * (Distribution, "reference" grammar: letters and digits, joined by one `.`, one or two `_`, or any number of `-`),
 * except that letters may be capitals: image names use the lower-cased path, as in GitLab. The whole is at most 255
 * characters, which is Distribution's limit on a repository name.
 */
import { AppError } from '../../errors.ts';

const MAX_LENGTH = 255;
const COMPONENT = '[a-zA-Z0-9]+(?:(?:[._]|__|-+)[a-zA-Z0-9]+)*';
const SEGMENT = new RegExp(`^${COMPONENT}$`);
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);

/** Logins with a meaning of their own; a user of such a name could be taken for what it is not. */
const RESERVED = new Set(['gitlab-ci-token', 'gitlab-deploy-token']);
const RESERVED_START = 'gitlab+deploy-token';

/** The form in which paths are compared; null if the text cannot be the path of anything. */
export function pathKey(path: string): string | null {
  return path.length <= MAX_LENGTH && PATH.test(path) ? path.toLowerCase() : null;
}

/** True for a name that a registry would accept, byte for byte: nothing is folded to lower case. */
export function isRepositoryName(name: string): boolean {
  return name === pathKey(name);
}

export function isReservedLogin(username: string): boolean {
  const login = username.toLowerCase();
  return RESERVED.has(login) || login.startsWith(RESERVED_START);
}

const GRAMMAR = 'letters and digits, joined by ".", "_", "__" or dashes';

export function checkUsername(username: string): void {
  if (isReservedLogin(username)) {
    throw new AppError('bad_request', `The username ${JSON.stringify(username)} is reserved.`);
  }
  if (username.length > MAX_LENGTH || !SEGMENT.test(username)) {
    throw new AppError(
      'bad_request',
      `The username ${JSON.stringify(username)} must be ${GRAMMAR}, at most ${MAX_LENGTH} characters.`,
    );
  }
}

/** Returns the comparable form, or refuses. */
export function checkPath(path: string): string {
  const key = pathKey(path);
  if (key !== null) return key;
  throw new AppError(
    'bad_request',
    `Each part of the path ${JSON.stringify(path)} must be ${GRAMMAR}; the whole at most ${MAX_LENGTH} characters.`,
  );
}

export interface SplitPath {
  /** All before the last `/`; null at the top. */
  readonly parent: string | null;
  readonly path: string;
}

export function splitPath(fullPath: string): SplitPath {
  const slash = fullPath.lastIndexOf('/');
  return slash < 0
    ? { parent: null, path: fullPath }
    : { parent: fullPath.slice(0, slash), path: fullPath.slice(slash + 1) };
}

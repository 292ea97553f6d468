/** A registry's configuration as it would read it itself: the file, the environment over it, and the files that it names. */
import { open } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';

export interface NamedFile {
  /** As it stands in the configuration. */
  readonly path: string;
  readonly absolute: boolean;
  /** null: it cannot be read, and `trouble` says why. */
  readonly text: string | null;
  /** The system's code: ENOENT, EACCES; '' where it was read. */
  readonly trouble: string;
}

export interface RegistryConfiguration {
  readonly tree: Readonly<Record<string, unknown>>;
  /** Variables of this environment that win over the file. */
  readonly overrides: readonly string[];
  /** REGISTRY_AUTH_FILE is set, which skopeo means otherwise. */
  readonly authFile: boolean;
  readonly bundle: NamedFile | null;
  readonly jwks: NamedFile | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that the doctor judges; each has the variable REGISTRY_ and the path in upper case. */
const PATHS: readonly (readonly string[])[] = [
  ...['realm', 'service', 'issuer', 'rootcertbundle', 'jwks', 'autoredirect'].map((name) => [
    'auth',
    'token',
    name,
  ]),
  ['http', 'addr'],
  ['http', 'secret'],
  ['http', 'host'],
  ['storage', 'delete', 'enabled'],
];

/** Bytes; a bundle of certificates is a few kilobytes. */
const LARGEST = 1_048_576;

type Tree = Record<string, unknown>;

/**
 * @param parsed what the YAML of the file says
 * @param cwd what relative paths start from: the folder that the registry is started in
 */
export async function readConfiguration(
  parsed: unknown,
  env: Environment,
  cwd: string,
): Promise<RegistryConfiguration> {
  const tree = structuredClone(isTree(parsed) ? parsed : {});
  const overrides = applyEnvironment(tree, env);
  return {
    tree,
    overrides,
    authFile: env['REGISTRY_AUTH_FILE'] !== undefined,
    bundle: await readNamed(valueAt(tree, ['auth', 'token', 'rootcertbundle']), cwd),
    jwks: await readNamed(valueAt(tree, ['auth', 'token', 'jwks']), cwd),
  };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** undefined where nothing stands. */
export function valueAt(tree: Readonly<Tree>, path: readonly string[]): unknown {
  let node: unknown = tree;
  for (const name of path) {
    if (!isTree(node) || !Object.hasOwn(node, name)) return undefined;
    node = node[name];
  }
  return node;
}

function applyEnvironment(tree: Tree, env: Environment): string[] {
  const applied: string[] = [];
  for (const path of PATHS) {
    const variable = `REGISTRY_${path.join('_').toUpperCase()}`;
    const text = env[variable];
    if (text === undefined) continue;
    place(tree, path, text === 'true' || text === 'false' ? text === 'true' : text);
    applied.push(variable);
  }
  return applied;
}

function place(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const name of path.slice(0, -1)) {
    const child = node[name];
    const next: Tree = isTree(child) ? child : {};
    node[name] = next;
    node = next;
  }
  node[path.at(-1) ?? ''] = value;
}

async function readNamed(value: unknown, cwd: string): Promise<NamedFile | null> {
  if (typeof value !== 'string' || value === '') return null;
  const named = { path: value, absolute: isAbsolute(value) };
  try {
    const file = await open(resolve(cwd, value), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST), 0, LARGEST, 0);
      return { ...named, text: buffer.toString('utf8', 0, bytesRead), trouble: '' };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { ...named, text: null, trouble: code };
  }
}

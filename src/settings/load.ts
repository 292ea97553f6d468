/** Settings from defaults, the file and the environment, in rising order of precedence. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { crossCheck } from './cross-check.ts';
import { fillEmptySections } from './empty-sections.ts';
import { readEnvironment, type Environment, type EnvironmentValue } from './environment.ts';
import { explainIssue, type Finding } from './explain-issue.ts';
import { outline, type Outline, type Path } from './outline.ts';
import { ConfigurationError, type Problem } from './problem.ts';
import { settingsSchema, type Settings } from './schema.ts';
import { readableByAll, readSecretFile } from './secret-file.ts';
import { serviceSchema } from './sections.ts';
import { readYamlText, type YamlText } from './yaml-text.ts';

export const DEFAULT_FILE = './config/wharfpass.yml';

export interface LoadOptions {
  /** The file named on the command line; it wins over WHARFPASS_CONFIG and must exist. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** What relative paths start from, also those in the file. */
  readonly cwd: string;
}

interface Sources {
  readonly name: string;
  readonly yaml: YamlText | null;
  readonly fromEnv: readonly EnvironmentValue[];
  readonly known: Outline;
}

/**
 * Frozen settings; the folders in them are absolute, and the entry of `services` for `service` is always there.
 * @throws ConfigurationError with every problem found, each with file and line or the variable's name
 */
export function loadSettings(options: LoadOptions): Settings {
  const known = outline(settingsSchema);
  const named = options.file ?? options.env['WHARFPASS_CONFIG'];
  const name = named ?? DEFAULT_FILE;
  const text = readSettingsFile(resolve(options.cwd, name), name, named !== undefined);
  const yaml = text === null ? null : readYamlText(text, name);
  const tree = fillEmptySections(yaml?.value ?? {}, known);
  const environment = readEnvironment({
    env: options.env,
    known,
    namesUnder: (path, values) => serviceNames(path, tree, values),
    readSecretFile: (path) => readSecretFile(resolve(options.cwd, path)),
  });
  const sources = { name, yaml, fromEnv: environment.values, known };
  const problems = [...environment.problems];
  const inFile = openSecrets(tree, sources, options);
  for (const { path, value } of environment.values) place(tree, path, value);
  const parsed = settingsSchema.safeParse(tree);
  const findings = parsed.success
    ? crossCheck(parsed.data, options.cwd)
    : parsed.error.issues.flatMap((issue) => explainIssue(issue, tree, known));
  inFile.push(...findings.map((finding) => locate(finding, sources)));
  problems.push(...inFile.sort((a, b) => lineOf(a) - lineOf(b)));
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(problems);
  return deepFreeze(complete(parsed.data, options.cwd));
}

function readSettingsFile(path: string, name: string, mustExist: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !mustExist) return null;
    const text =
      code === 'ENOENT'
        ? 'there is no such settings file; make one with `wharfpass init`, or name another in WHARFPASS_CONFIG'
        : `the settings file cannot be read (${code ?? 'unknown error'})`;
    throw new ConfigurationError([{ where: name, key: '', text }]);
  }
}

function serviceNames(path: Path, tree: unknown, values: readonly EnvironmentValue[]): string[] {
  const key = String(path[0]);
  const section = (tree as Record<string, unknown>)[key];
  const inFile = typeof section === 'object' && section !== null ? Object.keys(section) : [];
  const chosen = values.find((each) => each.path.length === 1 && each.path[0] === 'service');
  const fallback = chosen?.value ?? (tree as Record<string, unknown>)['service'];
  const all = new Set([...inFile, typeof fallback === 'string' ? fallback : 'container_registry']);
  all.delete('__proto__');
  return [...all];
}

function openSecrets(
  tree: unknown,
  { name, yaml, known }: Sources,
  options: LoadOptions,
): Problem[] {
  return known.keys
    .filter(({ path, secret }) => secret && stands(tree, path))
    .filter(() => readableByAll(resolve(options.cwd, name)))
    .map(({ path }) => ({
      where: `${name}:${yaml?.line(path) ?? 1}`,
      key: path.join('.'),
      text: `a secret in a file that everybody can read; run: chmod o-r ${name}`,
    }));
}

function stands(tree: unknown, path: Path): boolean {
  let node = tree;
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return false;
    node = (node as Record<string | number, unknown>)[step];
  }
  return true;
}

/** A section that the file has as something else stays as it is, for the schema to refuse. */
function place(tree: unknown, path: Path, value: unknown): void {
  let node = tree;
  for (const [index, step] of path.entries()) {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const record = node as Record<string, unknown>;
    if (index === path.length - 1) record[step] = value;
    else node = record[step] ??= {};
  }
}

function locate({ path, text }: Finding, { name, yaml, fromEnv }: Sources): Problem {
  const origin = fromEnv.find((each) => each.path.every((step, i) => path[i] === step));
  if (origin !== undefined) return { where: origin.variable, key: '', text };
  const where = yaml === null ? name : `${name}:${yaml.line(path)}`;
  return { where, key: path.join('.'), text };
}

/** Problems of the environment have no line and come first. */
function lineOf({ where }: Problem): number {
  return Number(/:(\d+)$/.exec(where)?.[1] ?? 0);
}

function complete(settings: Settings, cwd: string): Settings {
  const { file } = settings.directory;
  const { tls } = settings.redis;
  const own = settings.services[settings.service] ?? serviceSchema.parse(undefined);
  return {
    ...settings,
    data_dir: resolve(cwd, settings.data_dir),
    keys_dir: resolve(cwd, settings.keys_dir),
    services: { ...settings.services, [settings.service]: own },
    directory: file === undefined ? {} : { file: resolve(cwd, file) },
    redis: {
      ...settings.redis,
      tls: Object.fromEntries(
        Object.entries(tls).map(([name, path]) => [name, path && resolve(cwd, path)]),
      ),
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}

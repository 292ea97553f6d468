/**
 * Settings from the environment: `WHARFPASS_` and the key's path in upper case, `__` between levels. A list has commas;
 * a secret may instead be named by a file in `…_FILE`.
 */
import { ANY, type Outline, type Path, type SettingKey } from './outline.ts';
import type { Problem } from './problem.ts';
import { renamedVariable } from './renamed.ts';
import { suggest } from './suggest.ts';

const PREFIX = 'WHARFPASS_';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentValue {
  readonly path: Path;
  readonly value: unknown;
  /** The variable's name. */
  readonly variable: string;
}

export interface EnvironmentSettings {
  readonly values: readonly EnvironmentValue[];
  readonly problems: readonly Problem[];
}

/** Variables that only the commands read: which file, which server, which token. */
const NOT_SETTINGS = new Set([
  'WHARFPASS_CONFIG',
  'WHARFPASS_URL',
  'WHARFPASS_TOKEN',
  'WHARFPASS_TOKEN_FILE',
  'WHARFPASS_JOB_TOKEN',
]);

/** Short names, as other programs have them, and what they stand for. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['WHARFPASS_REDIS_URL', 'WHARFPASS_REDIS__URL'],
  ['WHARFPASS_REDIS_URL_FILE', 'WHARFPASS_REDIS__URL_FILE'],
]);

/** Known names that this version cannot honour; null where the value asks for what it does anyway. */
const NOT_YET: Readonly<Record<string, (value: string) => string | null>> = {
  WHARFPASS_WORKERS: (value) =>
    value === '1' ? null : 'this version serves with one process only; unset it or set it to 1',
};

export interface EnvironmentOptions {
  readonly env: Environment;
  readonly known: Outline;
  /** Names of the services that exist apart from the environment, by the path they stand under. */
  namesUnder(path: Path, values: readonly EnvironmentValue[]): readonly string[];
  /** Gives a file's text, or a sentence on why it cannot be had. */
  readSecretFile(path: string): { readonly text: string } | { readonly trouble: string };
}

export function readEnvironment(options: EnvironmentOptions): EnvironmentSettings {
  const values: EnvironmentValue[] = [];
  const problems: Problem[] = [];
  const fixed = options.known.keys.filter(({ path }) => !path.includes(ANY));
  const entries = Object.entries(options.env).filter(([name]) => name.startsWith(PREFIX));
  const late = entries.filter(([name, text]) => text !== undefined && !take(name, text, fixed));
  // Service names are known only once `service` itself has been read.
  const byName = options.known.keys
    .filter(({ path }) => path.includes(ANY))
    .flatMap((key) => named(key, options.namesUnder(key.path.slice(0, 1), values)));
  for (const [name, text] of late) {
    if (!take(name, text ?? '', byName)) refuse(name, text ?? '', [...fixed, ...byName]);
  }
  return { values, problems };

  function take(variable: string, text: string, keys: readonly SettingKey[]): boolean {
    const name = longName(variable);
    const key = keys.find((each) => variableNames(each).includes(name));
    if (key === undefined) return false;
    const other = namesOf(key).find((each) => options.env[each] !== undefined);
    if (other !== undefined && other !== variable) {
      problems.push({ where: variable, key: '', text: `set it or ${other}, not both` });
    } else if (name === variableName(key.path)) {
      values.push({ path: key.path, value: convert(text, key.type), variable });
    } else takeFile(variable, text, key.path);
    return true;
  }

  function takeFile(variable: string, file: string, path: Path): void {
    const answer = options.readSecretFile(file);
    if ('trouble' in answer) problems.push({ where: variable, key: '', text: answer.trouble });
    else values.push({ path, value: answer.text, variable });
  }

  function refuse(variable: string, text: string, keys: readonly SettingKey[]): void {
    if (NOT_SETTINGS.has(variable)) return;
    const notYet = Object.hasOwn(NOT_YET, variable) ? NOT_YET[variable]?.(text) : undefined;
    if (notYet === null) return;
    problems.push({ where: variable, key: '', text: notYet ?? unknownVariable(variable, keys) });
  }
}

/** The common start is left out of the comparison: it would make any two names look alike. */
function unknownVariable(variable: string, keys: readonly SettingKey[]): string {
  const now = renamedVariable(variable, variableName);
  if (now !== null)
    return `no setting has this variable; it is called ${variableName(now.split('.'))} now`;
  const names = keys.flatMap(namesOf).map((name) => name.slice(PREFIX.length));
  const best = suggest(variable.slice(PREFIX.length), names);
  const hint = best === null ? '' : `; did you mean "${PREFIX}${best}"?`;
  return `no setting has this variable${hint}`;
}

export function variableName(path: readonly string[]): string {
  return PREFIX + path.map((step) => step.toUpperCase().replace(/[^A-Z0-9]/g, '_')).join('__');
}

export function variableNames(key: SettingKey): string[] {
  const name = variableName(key.path);
  return key.secret ? [name, `${name}_FILE`] : [name];
}

function longName(variable: string): string {
  return SHORT.get(variable) ?? variable;
}

/** All names that a key may be set by, long and short. */
function namesOf(key: SettingKey): string[] {
  const names = variableNames(key);
  const short = [...SHORT].filter(([, long]) => names.includes(long)).map(([name]) => name);
  return [...names, ...short];
}

function named(key: SettingKey, names: readonly string[]): SettingKey[] {
  return names.map((name) => ({
    ...key,
    path: key.path.map((step) => (step === ANY ? name : step)),
  }));
}

/** A text that is not of the type stays a text, so that the schema says what is wrong with it. */
function convert(text: string, type: SettingKey['type']): unknown {
  switch (type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
    case 'string':
      return text;
  }
}

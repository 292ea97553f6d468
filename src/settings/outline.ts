/**
 * What keys a schema knows, read from its JSON schema: for suggestions, for environment variables, and to tell an
 * empty section from an empty value.
 */
import { z } from 'zod';

export type Path = readonly (string | number)[];

/** Stands for any name in the path of a key under a record. */
export const ANY = '*';

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly writeOnly?: boolean;
}

export interface SettingKey {
  readonly path: readonly string[];
  readonly type: 'string' | 'integer' | 'boolean' | 'array';
  readonly secret: boolean;
}

export interface Outline {
  /** Every key that holds a value rather than a section. */
  readonly keys: readonly SettingKey[];
  /** The names that are known right under a path; empty where there are none or any would do. */
  namesUnder(path: Path): readonly string[];
  /** True where the path names a section: a mapping of further keys. */
  isSection(path: Path): boolean;
  /** True where the value must not be shown. */
  isSecret(path: Path): boolean;
}

/** What a writer may put into the file, for editors (JSON Schema draft 7, which they know best). */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
}

export function outline(schema: z.ZodType): Outline {
  const root = jsonSchema(schema) as Node;
  return {
    keys: leaves(root, []),
    namesUnder: (path) => nodesAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})),
    isSection: (path) => nodesAt(root, path).some((node) => node.type === 'object'),
    isSecret: (path) => nodesAt(root, path).some((node) => node.writeOnly === true),
  };
}

function leaves(node: Node, path: readonly string[]): SettingKey[] {
  if (node.type !== 'object') {
    return [{ path, type: node.type as SettingKey['type'], secret: node.writeOnly === true }];
  }
  const named = Object.entries(node.properties ?? {});
  const any = typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
  return [
    ...named.flatMap(([name, child]) => leaves(child, [...path, name])),
    ...any.flatMap((child) => leaves(child, [...path, ANY])),
  ];
}

function nodesAt(root: Node, path: Path): Node[] {
  let nodes = alternatives(root);
  for (const step of path) nodes = nodes.flatMap((node) => below(node, step)).flatMap(alternatives);
  return nodes;
}

function alternatives(node: Node): Node[] {
  return [node, ...(node.anyOf ?? [])];
}

function below(node: Node, step: string | number): Node[] {
  if (typeof step === 'number') return node.items === undefined ? [] : [node.items];
  const named = node.properties;
  if (named !== undefined && Object.hasOwn(named, step)) return [named[step] as Node];
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
}

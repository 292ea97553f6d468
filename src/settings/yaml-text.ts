/** Reads YAML that people write: strictly, and remembering on which line each key stands. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Path } from './outline.ts';
import { ConfigurationError, type Problem } from './problem.ts';

export interface YamlText {
  /** Plain objects, lists, texts, numbers and booleans; an empty file is an empty mapping. */
  readonly value: unknown;
  /** The line of the key (or list entry) that a path names, or of the nearest one above it that exists. From 1. */
  line(path: Path): number;
}

/**
 * @param name how the file is called in messages
 * @throws ConfigurationError for text that is no YAML, doubled keys, unknown tags, keys that are no text
 */
export function readYamlText(text: string, name: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    strict: true,
  });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const problems: Problem[] = [...document.errors, ...document.warnings].map((fault) => ({
    where: `${name}:${lineAt(fault.pos[0])}`,
    key: '',
    text: firstLine(fault.message),
  }));
  if (problems.length === 0) problems.push(...badKeys(document, name, lineAt));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    value: toPlain(document, name) ?? {},
    line: (path) => lineAt(offsetOf(document, path)),
  };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function toPlain(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const text = cause instanceof Error ? firstLine(cause.message) : 'cannot be read';
    throw new ConfigurationError([{ where: name, key: '', text }]);
  }
}

/** `__proto__` would vanish without a word on its way into an object, and `1: x` would turn into a text. */
function badKeys(document: Document, name: string, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair(_, pair: Pair) {
      const key = pair.key as Node | null;
      const ok = isScalar(key) && typeof key.value === 'string' && key.value !== '__proto__';
      if (!ok) {
        const where = `${name}:${lineAt(key?.range?.[0] ?? 0)}`;
        problems.push({ where, key: '', text: `${String(key)} cannot be a key; quote a number` });
      }
    },
  });
  return problems;
}

function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

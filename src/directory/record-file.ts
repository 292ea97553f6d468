/** Reads an export file piece by piece: what it holds is never in memory as a whole. */
import type { z } from 'zod';
import { explainIssue, type Finding } from '../settings/explain-issue.ts';
import { outline, type Outline, type Path } from '../settings/outline.ts';
import { ConfigurationError, type Problem } from '../settings/problem.ts';
import { readYamlText } from '../settings/yaml-text.ts';
import { TOKEN_KINDS, type BulkKind } from '../store/bulk.ts';
import { needsKeys } from './record-entry.ts';
import { createRecordLines, type RawItem } from './record-lines.ts';
import { recordSchemas, type DirectoryRecord } from './record-schema.ts';

export interface FileRecord {
  readonly kind: BulkKind;
  /** On which it begins, from 1. */
  readonly line: number;
  /** JSON. */
  readonly text: string;
}

export interface FileHead {
  /** Of the key that made the hashes in the file; null: it holds none. */
  readonly keyFingerprint: string | null;
}

export interface FilePiece {
  readonly head: FileHead;
  readonly records: readonly FileRecord[];
}

export interface ReadOptions {
  /** How the file is called in messages. */
  readonly name: string;
  /** Whether each record is held against its schema; else only its syntax counts. */
  readonly check: boolean;
}

/** The only format so far. */
const FORMAT = '1';
const MAX_PROBLEMS = 20;
/** Characters. */
const MAX_LINE = 2_000_000;
/** A list entry that is one flow mapping: JSON, if it is one of ours. */
const FLOW = /^ *- +(\{.*\}) *$/;

interface Parsed {
  readonly value: unknown;
  /** JSON. */
  readonly text: string;
  /** The line of the key that a path names. */
  line(path: Path): number;
}

function asJson(text: string): Pick<Parsed, 'value' | 'text'> | null {
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    return null;
  }
}

/** Lines are those of the file. @throws ConfigurationError */
function asYaml({ text, line }: RawItem, name: string): Parsed {
  try {
    const yaml = readYamlText(text, name);
    const list = yaml.value as readonly unknown[];
    const value = Array.isArray(list) ? list[0] : list;
    const lineOf = (path: Path): number => yaml.line([0, ...path]) + line - 1;
    return { value, text: JSON.stringify(value), line: lineOf };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map((problem): Problem => {
      const within = Number(/:(\d+)$/.exec(problem.where)?.[1] ?? 1);
      return { ...problem, where: `${name}:${line + within - 1}` };
    });
    throw new ConfigurationError(problems);
  }
}

function parseItem(item: RawItem, name: string): Parsed {
  const flow = FLOW.exec(item.text)?.[1];
  const json = flow === undefined ? null : asJson(flow);
  return json === null ? asYaml(item, name) : { ...json, line: () => item.line };
}

const outlines = new Map<BulkKind, Outline>();

/** In tokens no value is shown: a secret may stand where it does not belong. */
function outlineOf(kind: BulkKind): Outline {
  const known = outlines.get(kind) ?? outline(recordSchemas[kind]);
  outlines.set(kind, known);
  return TOKEN_KINDS.has(kind) ? { ...known, isSecret: () => true } : known;
}

function findingsOf(kind: BulkKind, value: unknown, head: FileHead): Finding[] {
  const schema: z.ZodType = recordSchemas[kind];
  const result = schema.safeParse(value);
  if (!result.success) {
    return result.error.issues.flatMap((issue) => explainIssue(issue, value, outlineOf(kind)));
  }
  const bare = head.keyFingerprint === null && needsKeys(result.data as DirectoryRecord);
  const text = 'holds hashes, and the head of the file has no key_fingerprint to go with them';
  return bare ? [{ path: [], text }] : [];
}

function readHead(head: ReadonlyMap<string, string>, name: string): FileHead {
  const format = head.get('wharfpass_export');
  if (format !== FORMAT) {
    const text =
      format === undefined
        ? 'is missing: the file must begin with wharfpass_export: 1'
        : `must be ${FORMAT}, the only format that this wharfpass knows`;
    throw new ConfigurationError([{ where: `${name}:1`, key: 'wharfpass_export', text }]);
  }
  return { keyFingerprint: head.get('key_fingerprint') ?? null };
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE) {
        throw new ConfigurationError([
          { where: name, key: '', text: 'has a line that never ends' },
        ]);
      }
      yield lines;
    }
    yield [rest + decoder.decode()];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigurationError([{ where: name, key: '', text: 'is no UTF-8' }]);
  }
}

/**
 * The records of a file in their order, in pieces.
 *
 * @throws ConfigurationError with the first problems that were found; then nothing after them was read
 */
export async function* readRecordFile(
  chunks: AsyncIterable<Uint8Array>,
  { name, check }: ReadOptions,
): AsyncGenerator<FilePiece> {
  const lines = createRecordLines(name);
  const problems: Problem[] = [];
  let head: FileHead | null = null;

  function read(item: RawItem): FileRecord {
    head ??= readHead(lines.head, name);
    const { kind, line } = item;
    const parsed = parseItem(item, name);
    for (const { path, text } of check ? findingsOf(kind, parsed.value, head) : []) {
      const where = `${name}:${parsed.line(path)}`;
      problems.push({ where, key: path.join('.'), text });
    }
    if (problems.length >= MAX_PROBLEMS) throw new ConfigurationError(problems);
    return { kind, line, text: parsed.text };
  }

  function pieceOf(items: readonly (RawItem | null)[]): FilePiece | null {
    const records = items.flatMap((item) => (item === null ? [] : [read(item)]));
    return records.length === 0 || head === null ? null : { head, records };
  }

  for await (const piece of linesOf(chunks, name)) {
    const found = pieceOf(piece.map((line) => lines.push(line)));
    if (found !== null && problems.length === 0) yield found;
  }
  const last = pieceOf([lines.end()]);
  head ??= readHead(lines.head, name);
  if (problems.length > 0) throw new ConfigurationError(problems);
  yield last ?? { head, records: [] };
}

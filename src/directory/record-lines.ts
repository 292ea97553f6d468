/**
 * Takes the lines of an export file apart, one at a time: its head, its sections, and the items of their lists. What an
 * item says is not looked at here, so that a file may be of any size.
 */
import { ConfigurationError } from '../settings/problem.ts';
import { didYouMean } from '../settings/suggest.ts';
import { BULK_KINDS, type BulkKind } from '../store/bulk.ts';

/** One list item, as YAML that stands alone. */
export interface RawItem {
  readonly kind: BulkKind;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

export interface RecordLines {
  /** Items that ended with this line; mostly the one before it. */
  push(line: string): RawItem | null;
  end(): RawItem | null;
  /** What the head says, by key. */
  readonly head: ReadonlyMap<string, string>;
  /** Whether a section has begun, so that the head is whole. */
  readonly inSections: boolean;
}

/** Characters of one item: nothing that a directory holds comes near it. */
const MAX_ITEM = 1_000_000;
const HEAD = ['wharfpass_export', 'key_fingerprint'] as const;
const KEY = /^([A-Za-z_]\w*):(?: +([^#\s].*?))? *(?:#.*)?$/;
const KNOWN: readonly string[] = [...HEAD, ...BULK_KINDS];

interface Open {
  readonly line: number;
  readonly indent: number;
  lines: string;
}

const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, '$2');

/** @param name how the file is called in messages */
export function createRecordLines(name: string): RecordLines {
  const head = new Map<string, string>();
  let number = 0;
  let section: BulkKind | null = null;
  let indent: number | null = null;
  let item: Open | null = null;

  function refuse(text: string, key = ''): never {
    throw new ConfigurationError([{ where: `${name}:${number}`, key, text }]);
  }

  function finish(): RawItem | null {
    const done = item;
    item = null;
    if (done === null || section === null) return null;
    return { kind: section, line: done.line, text: done.lines };
  }

  function goOn(open: Open, line: string): void {
    open.lines += `\n${line}`;
    if (open.lines.length > MAX_ITEM) refuse(`the entry from line ${open.line} on is too long`);
  }

  function begin(line: string, at: number): RawItem | null {
    const done = finish();
    if (section === null) refuse('a list begins before any section, such as users:');
    indent ??= at;
    if (at !== indent) refuse('stands further in or out than the entries above it');
    if (line.length > MAX_ITEM) refuse('the entry is too long');
    item = { line: number, indent: at, lines: line };
    return done;
  }

  function enter(kind: BulkKind, value: string | undefined): void {
    if (value !== undefined && value !== '[]') {
      refuse('must be a list with each entry on lines of its own, beginning with "- "', kind);
    }
    if (section !== null && BULK_KINDS.indexOf(kind) <= BULK_KINDS.indexOf(section)) {
      refuse(`must stand once, before ${section}: entries refer to those above them`, kind);
    }
    section = kind;
    indent = null;
  }

  function takeKey(line: string): RawItem | null {
    const done = finish();
    const [, word = '', value] = KEY.exec(line) ?? refuse('is no key, no entry of a list');
    const kind = BULK_KINDS.find((each) => each === word);
    if (kind !== undefined) enter(kind, value);
    else if (!HEAD.some((each) => each === word)) {
      refuse(`unknown key${didYouMean(word, KNOWN)}`, word);
    } else if (section !== null) refuse('must stand before the sections', word);
    else head.set(word, unquoted(value ?? ''));
    return done;
  }

  return {
    head,
    get inSections() {
      return section !== null;
    },
    push: (raw) => {
      number += 1;
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      const at = line.search(/\S/);
      if (item !== null && (at < 0 || at > item.indent)) {
        goOn(item, line);
        return null;
      }
      if (at < 0 || line[at] === '#') return null;
      if (line[at] === '-' && (line[at + 1] === ' ' || line.length === at + 1)) {
        return begin(line, at);
      }
      if (line === '---' && head.size === 0 && section === null) return null;
      return takeKey(line);
    },
    end: finish,
  };
}

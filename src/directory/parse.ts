/** The text of a directory file → a snapshot of what it declares, or every problem in it with file and line. */
import { explainIssue, type Finding } from '../settings/explain-issue.ts';
import { fillEmptySections } from '../settings/empty-sections.ts';
import { outline, type Path } from '../settings/outline.ts';
import { ConfigurationError, type Problem } from '../settings/problem.ts';
import { didYouMean } from '../settings/suggest.ts';
import { readYamlText } from '../settings/yaml-text.ts';
import type { DirectorySnapshot } from '../store/directory-change.ts';
import {
  declarations,
  doubled,
  doubledReferences,
  keyOf,
  references,
  type Declaration,
  type Reference,
} from './references.ts';
import { directorySchema } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

export interface DirectoryFile {
  readonly snapshot: DirectorySnapshot;
  readonly declared: readonly Declaration[];
  /** What the file names and does not declare: it must have been made over the API. */
  readonly foreign: readonly Reference[];
  /** Says where in the file a finding is. */
  problem(finding: Finding): Problem;
}

/**
 * @param name how the file is called in messages
 * @throws ConfigurationError with every problem found
 */
export function parseDirectory(text: string, name: string): DirectoryFile {
  const yaml = readYamlText(text, name);
  const known = outline(directorySchema);
  const problem = ({ path, text: what }: Finding): Problem => ({
    where: `${name}:${yaml.line(path)}`,
    key: path.map(shownStep).join('.'),
    text: what,
  });
  const tree = fillEmptySections(yaml.value, known);
  const parsed = directorySchema.safeParse(tree);
  if (!parsed.success) {
    const findings = parsed.error.issues.flatMap((issue) => explainIssue(issue, tree, known));
    throw new ConfigurationError(inOrder(findings, problem, yaml.line));
  }
  const declared = declarations(parsed.data);
  const used = references(parsed.data);
  const byKey = new Map(declared.map((each) => [keyOf(each.name), each]));
  const foreign = used.filter((each) => !byKey.has(keyOf(each.name)));
  const findings = [
    ...doubled(declared),
    ...doubledReferences(used),
    ...used.flatMap((each) => wrongKind(each, byKey.get(keyOf(each.name)))),
  ];
  if (findings.length > 0) throw new ConfigurationError(inOrder(findings, problem, yaml.line));
  return { snapshot: toSnapshot(parsed.data), declared, foreign, problem };
}

/** A sentence for a name that is neither in the file nor known to the API. */
export function unknownName(reference: Reference, declared: readonly Declaration[]): Finding {
  const candidates = declared.filter(({ kind }) => reference.kinds.includes(kind));
  const hint = didYouMean(
    reference.name,
    candidates.map((each) => each.name),
  );
  const what = reference.kinds.join(' or ');
  return { path: reference.path, text: `there is no ${what} ${reference.name}${hint}` };
}

function wrongKind(reference: Reference, found: Declaration | undefined): Finding[] {
  if (found === undefined || reference.kinds.includes(found.kind)) return [];
  const wanted = reference.kinds.join(' or ');
  const text = `${reference.name} is a ${found.kind}, and must be a ${wanted} here`;
  return [{ path: reference.path, text }];
}

function inOrder(
  findings: readonly Finding[],
  problem: (finding: Finding) => Problem,
  line: (path: Path) => number,
): Problem[] {
  return findings.toSorted((a, b) => line(a.path) - line(b.path)).map(problem);
}

/** Keys with dots or slashes in them are bracketed, so that the path stays readable. */
function shownStep(step: string | number): string {
  return typeof step === 'string' && /[^\w-]/.test(step) ? `[${step}]` : String(step);
}

/** The doctor's findings for people and for scripts, and what the process ends with. */
import type { Code, Finding, Step, Verdict } from '../doctor/finding.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { text } from './table.ts';

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', warning: '!', fault: '✗' };
const STEP_WIDTH = 15;
/** Where sentences begin: behind mark and step. */
const INDENT = ' '.repeat(2 + STEP_WIDTH);
/** Columns that a line has. */
const WIDTH = 110;
const MEND = 'mend it: ';

export function report(
  registry: URL,
  findings: readonly Finding[],
  asked: readonly Step[],
): string {
  const lines = findings.map((finding, index) => {
    const repeated = findings[index - 1]?.step === finding.step;
    return printed(finding, repeated ? '' : finding.step);
  });
  const seen = new Set(findings.map(({ step }) => step));
  const left = asked.filter((step) => !seen.has(step));
  const rest = left.length === 0 ? '' : `\nNot come to: ${left.join(', ')}.\n`;
  const { exitCode, sentence } = outcomeOf(findings);
  const end = exitCode === EXIT.ok ? `\n${sentence}\n` : '';
  return `${registry.origin}\n\n${lines.join('')}${rest}${end}`;
}

function printed({ verdict, sentence, remedy }: Finding, step: string): string {
  const head = `${MARKS[verdict]} ${step.padEnd(STEP_WIDTH)}`;
  const said = wrap(text(sentence), INDENT);
  const mend =
    remedy === null
      ? ''
      : `${INDENT}${MEND}${wrap(text(remedy), INDENT + ' '.repeat(MEND.length))}`;
  return `${head}${said}${mend}`;
}

/** Lines of whole words, of which the first stands behind something as long as the indent. */
function wrap(sentence: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of sentence.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return `${[...lines, line].join(`\n${indent}`)}\n`;
}

export function reportJson(registry: URL, findings: readonly Finding[]): string {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  const answer = {
    registry: registry.origin,
    faults: count('fault'),
    warnings: count('warning'),
    findings,
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

/** Faults that another try may not meet. */
const PASSING: ReadonlySet<Code> = new Set<Code>([
  'unreachable',
  'no_such_host',
  'no_answer_in_time',
  'no_http',
  'realm_unavailable',
  'server_not_ready',
]);
/** Faults of the credential alone. */
const NOT_ALLOWED: ReadonlySet<Code> = new Set<Code>([
  'credential_refused',
  'repository_not_allowed',
]);

export function outcomeOf(findings: readonly Finding[]): { exitCode: ExitCode; sentence: string } {
  const faults = findings.flatMap(({ verdict, code }) => (verdict === 'fault' ? [code] : []));
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  const more = warnings === 0 ? '' : `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  if (faults.length === 0) {
    return { exitCode: EXIT.ok, sentence: more === '' ? 'All is well.' : `No fault, ${more}.` };
  }
  const all = (codes: ReadonlySet<Code>) =>
    faults.every((code) => code !== null && codes.has(code));
  const counted = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`;
  const sentence = more === '' ? `${counted}.` : `${counted}, ${more}.`;
  if (all(PASSING)) return { exitCode: EXIT.unavailable, sentence };
  return { exitCode: all(NOT_ALLOWED) ? EXIT.notAllowed : EXIT.failed, sentence };
}

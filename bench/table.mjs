/** The figures as Markdown, and the page that keeps the last ones. */
import { cpus, loadavg, release } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { join } from 'node:path';

const page = join(import.meta.dirname, 'README.md');

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const row = (cells) => `| ${cells.join(' | ')} |`;

/** `cases`: name → one figure per round. Ratios are taken within a round, against its own floor. */
export function throughputTable(cases, floorName) {
  const floor = cases.get(floorName);
  const lines = [...cases].map(([name, rounds]) => {
    const ratios = rounds.map(({ rate }, round) => rate / floor[round].rate);
    const of = (field) => median(rounds.map((one) => one[field]));
    return row([
      name,
      Math.round(of('rate')).toLocaleString('en-US'),
      name === floorName ? '1' : median(ratios).toFixed(2),
      `${of('p50').toFixed(1)} / ${of('p99').toFixed(1)}`,
      `${Math.max(...rounds.map(({ steal }) => steal)).toFixed(1)} %`,
    ]);
  });
  const head = ['Case', 'Requests/s', 'Of the floor', 'p50 / p99 ms', 'Highest steal'];
  return [row(head), '|---|--:|--:|--:|--:|', ...lines].join('\n');
}

export const plainTable = (head, rows) =>
  [row(head), `|---|${'--:|'.repeat(head.length - 1)}`, ...rows.map(row)].join('\n');

/** Rows of [what, figure, goal, reached]. */
export const goalTable = (rows) =>
  [
    row(['What', 'Measured', 'Goal', '']),
    '|---|--:|--:|---|',
    ...rows.map(([what, figure, goal, reached]) =>
      row([what, figure, goal, reached ? 'reached' : '**missed**']),
    ),
  ].join('\n');

/** Call it before anything runs: a machine that is busy with other things shows in its load. */
export function describeMachine() {
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu.model.trim()}), Linux ${release()}`;
  return `${machine}, Node.js ${process.version}; load before the run ${loadavg()[0].toFixed(1)}.`;
}

/** `part`: what the marks on the page say around it. */
export async function writeFigures(text, part = 'figures') {
  const [begin, end] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const [before, rest] = readFileSync(page, 'utf8').split(begin);
  const [, after] = rest.split(end);
  const written = `${before}${begin}\n\n${text}\n\n${end}${after}`;
  const style = await resolveConfig(page);
  writeFileSync(page, await format(written, { ...style, parser: 'markdown' }));
}

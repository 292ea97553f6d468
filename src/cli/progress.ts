/** How far long work is, on standard error: a bar that is drawn again at a terminal, a line now and then elsewhere. */
import type { Io } from './context.ts';

export interface ProgressOptions {
  /** What is being done, in a word or two: `Importing`. */
  readonly label: string;
  /** How many steps there are, where that is known. */
  readonly total?: number | undefined;
}

export interface Progress {
  /** @param steps done since the last call */
  advance(steps: number): void;
  /** Takes the bar away. Call it also when the work failed, and then without words. */
  done(text?: string): void;
}

/** Milliseconds between two drawings at a terminal, and between two lines elsewhere. */
const REDRAW = 100;
const LINE_EVERY = 5_000;
const BAR = 24;
const CLEAR = '\r\u001B[K';

/** Writes only when it is told of a step, so there is no timer to stop. */
export function createProgress(
  { stderr, isTerminal = false, columns = 80, clock }: ProgressIo,
  { label, total }: ProgressOptions,
): Progress {
  const started = clock.now();
  let [steps, last] = [0, started];
  const draw = (): void => {
    const state = { steps, total, took: clock.now() - started };
    const line = (bar: boolean): string => [label, ...shown(state, bar)].join('  ');
    const whole = line(isTerminal);
    // A line that wraps could not be taken away again.
    const fitting = (whole.length < columns ? whole : line(false)).slice(0, columns - 1);
    stderr(isTerminal ? `${CLEAR}${fitting}` : `${whole}\n`);
  };
  return {
    advance(more) {
      const first = steps === 0 && isTerminal;
      steps += more;
      const now = clock.now();
      if (!first && now - last < (isTerminal ? REDRAW : LINE_EVERY)) return;
      last = now;
      draw();
    },
    done(text) {
      if (isTerminal) stderr(CLEAR);
      if (text !== undefined) stderr(`${text}\n`);
    },
  };
}

type ProgressIo = Pick<Io, 'stderr' | 'isTerminal' | 'columns' | 'clock'>;

interface State {
  readonly steps: number;
  readonly total: number | undefined;
  /** Milliseconds so far. */
  readonly took: number;
}

function shown({ steps, total, took }: State, bar: boolean): string[] {
  const count = steps.toLocaleString('en');
  if (total === undefined || total <= 0) return [count];
  const part = Math.min(1, steps / total);
  const filled = Math.round(part * BAR);
  const left = part === 0 ? '' : timeLeft((took * (1 - part)) / part);
  return [
    ...(bar ? [`[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`] : []),
    `${Math.floor(part * 100)} %`,
    `${count} of ${total.toLocaleString('en')}`,
    ...(left === '' ? [] : [left]),
  ];
}

function timeLeft(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 1) return '';
  if (seconds < 60) return `${seconds} s left`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s left`;
}

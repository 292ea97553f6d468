import { expect, test } from '@jest/globals';
import { createProgress } from '../../src/cli/progress.ts';

function watched(isTerminal: boolean, columns?: number) {
  let [text, now] = ['', 0];
  const io = {
    stderr: (more: string) => void (text += more),
    isTerminal,
    columns,
    clock: { now: () => now },
  };
  return { io, said: () => text, wait: (milliseconds: number) => (now += milliseconds) };
}

test('at a terminal one line is drawn again and again, and taken away at the end', () => {
  const { io, said, wait } = watched(true, 80);
  const progress = createProgress(io, { label: 'Importing', total: 4000 });
  progress.advance(1000);
  progress.advance(500);
  wait(1000);
  progress.advance(500);
  progress.done('Imported 2,000.');
  expect(said()).toBe(
    '\r\u001B[KImporting  [######------------------]  25 %  1,000 of 4,000' +
      '\r\u001B[KImporting  [############------------]  50 %  2,000 of 4,000  1 s left' +
      '\r\u001B[KImported 2,000.\n',
  );
});

test('elsewhere there is a whole line every five seconds, with the time that is left', () => {
  const { io, said, wait } = watched(false);
  const progress = createProgress(io, { label: 'Importing', total: 1000 });
  for (let i = 0; i < 10; i++) {
    wait(1000);
    progress.advance(10);
  }
  progress.done();
  expect(said()).toBe(
    'Importing  5 %  50 of 1,000  1 min 35 s left\nImporting  10 %  100 of 1,000  1 min 30 s left\n',
  );
});

test('where the end is not known it counts', () => {
  const { io, said, wait } = watched(false);
  const progress = createProgress(io, { label: 'Revoking' });
  wait(5000);
  progress.advance(12_345);
  expect(said()).toBe('Revoking  12,345\n');
});

test('a narrow terminal goes without the bar, and no line is longer than it', () => {
  const { io, said } = watched(true, 30);
  createProgress(io, { label: 'Importing', total: 4000 }).advance(1000);
  expect(said()).toBe('\r\u001B[KImporting  25 %  1,000 of 4,0');
});

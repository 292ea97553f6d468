/** Lets one replacement of a CA at a time change its folder. The lock of a process that was killed is taken over. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

export const CA_LOCK = 'ca.lock';
/** A change takes a fraction of a second. */
const LEFT_OVER_AFTER = 60_000;

/**
 * Runs `change` while no other process changes the CA.
 *
 * @param change is given a function that rejects when the lock was lost, to be called right before what counts
 * @throws AppError `conflict` while another process changes it
 */
export async function withCaLock<T>(
  folder: KeyFolder,
  clock: Clock,
  change: (confirm: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const mine = `${new Date(clock.now()).toISOString()} ${randomUUID()}\n`;
  if (!(await folder.publish(CA_LOCK, mine))) {
    await removeLeftOver(folder, clock);
    if (!(await folder.publish(CA_LOCK, mine))) throw busy(folder);
  }
  const isMine = async (): Promise<boolean> => (await folder.read(CA_LOCK)) === mine;
  try {
    return await change(async () => {
      if (!(await isMine())) throw busy(folder);
    });
  } finally {
    if (await isMine()) await folder.remove(CA_LOCK);
  }
}

/** Clocks of two machines may differ, so a time to come counts as well. */
async function removeLeftOver(folder: KeyFolder, clock: Clock): Promise<void> {
  const text = await folder.read(CA_LOCK);
  if (text === null) return;
  const age = Math.abs(clock.now() - Date.parse(text.split(' ')[0] ?? ''));
  if (age < LEFT_OVER_AFTER) throw busy(folder);
  await folder.remove(CA_LOCK);
}

function busy(folder: KeyFolder): AppError {
  return new AppError(
    'conflict',
    `Another process replaces the CA just now (${join(folder.path, CA_LOCK)}). Try again in a minute.`,
  );
}

/** The files of the audit stream. Their names are the UTC time of their beginning, so that names sort as events do. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^(\d{8}T\d{9}Z)\.jsonl$/;

/** `20270131T120000000Z`: what a file is called, and what a cursor names it by. */
export const stampOf = (time: number): string => new Date(time).toISOString().replace(/[-:.]/g, '');

/** A stamp that sorts after the last one, also where the clock was set back. */
export function nextStamp(last: string | undefined, now: number): string {
  const stamp = stampOf(now);
  if (last === undefined || stamp > last) return stamp;
  return stampOf(timeOf(last) + 1);
}

/** ms since the epoch. */
export function timeOf(stamp: string): number {
  const [, date = '', hour, minute, second, ms] =
    /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(stamp) ?? [];
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  return Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`);
}

export const fileOf = (folder: string, stamp: string): string => join(folder, `${stamp}.jsonl`);

/** Stamps of the files that are there, oldest first; none where there is no folder. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
}

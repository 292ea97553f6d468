/** Moments as people in a hurry write them. */
import { CommandError, EXIT } from './exit-codes.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Today, local time. */
function today(hours: number, minutes: number, seconds: number, now: number): number {
  return new Date(now).setHours(hours, minutes, seconds, 0);
}

function parse(text: string, now: number): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return now - Number(number) * (UNITS[unit] ?? 0);
  const [, hours, minutes, seconds = '0'] =
    /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours !== undefined) return today(Number(hours), Number(minutes), Number(seconds), now);
  // A date alone would be read as UTC; whoever writes one means the clock on the wall.
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return Date.parse(`${text}T00:00`);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}

/**
 * `14:00` and `14:00:30`: today, local time. `2h`, `30m`, `45s`, `1d`: so long ago. Else a date, or a date and time,
 * local where no zone is named. Milliseconds.
 *
 * @throws CommandError for anything else, and for a moment to come
 */
export function momentAgo(option: string, text: string, now: number): number {
  const moment = parse(text, now);
  if (Number.isNaN(moment)) {
    const forms = '14:00 (today), 2h (ago), 2026-01-31T14:00 or 2026-01-31T14:00:00Z';
    throw new CommandError(EXIT.usage, `${option} must be a moment: ${forms}.`);
  }
  if (moment > now) {
    const full = inFull(moment);
    const advice = 'If you mean another day, write the date too.';
    throw new CommandError(EXIT.usage, `${option} ${full} is still to come. ${advice}`);
  }
  return moment;
}

/** With day and zone, so that nobody takes it for another: `Sun 2027-01-31 14:00:00 +0100 (13:00:00 UTC)`. */
export function inFull(moment: number): string {
  const date = new Date(moment);
  const two = (value: number): string => String(Math.abs(value)).padStart(2, '0');
  const day = date.toLocaleDateString('en', { weekday: 'short' });
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}${two(offset % 60)}`;
  const on = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const at = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${on} ${at} ${zone} (${date.toISOString().slice(11, 19)} UTC)`;
}

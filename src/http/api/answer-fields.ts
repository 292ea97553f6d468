/** Fields of answers. JSON has no times, so they are text. */
import { z } from 'zod';
import { ACCESS, type AccessLevel } from '../../policy/facts.ts';

export const id = z.int().positive().meta({ example: 7 });
export const count = z.int().nonnegative();

/** UTC, with milliseconds. */
export const timestamp = z.iso.datetime().meta({ example: '2027-01-31T12:00:00.000Z' });
/** As GitLab prints an expiry: the date alone where it is midnight UTC. */
export const dateOrTimestamp = z
  .union([z.iso.date(), z.iso.datetime()])
  .meta({ example: '2027-01-31' });

export const managedBy = z
  .enum(['file', 'api'])
  .meta({ description: 'Who looks after it: the directory file, or this API.', example: 'api' });

const LEVELS = Object.values(ACCESS).filter((level): level is AccessLevel => level > 0);
export const accessLevelAnswer = z.literal(LEVELS).meta({
  type: 'integer',
  description: '10 Guest, 15 Planner, 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner.',
  example: 30,
});

/** A secret of a token, in the one answer that ever shows it. */
export const shownOnce = z.string().meta({
  description: 'The secret. Shown this once; nobody can ask for it again.',
  example: '<the secret>',
});

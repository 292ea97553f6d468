/**
 * Fields that several routes take. A form and a query have only strings, so numbers and booleans are taken as text too.
 */
import { z } from 'zod';
import { ACCESS, type AccessLevel } from '../../policy/facts.ts';

/** As many digits as a text of one may have. */
const MAX_ID = 999_999_999_999_999;

const digits = z.string().regex(/^\d{1,15}$/);

export const wholeNumber = z.union([z.int().min(0).max(MAX_ID), digits.transform(Number)], {
  error: 'must be a whole number',
});

/**
 * What the document of the API says of a number whose bounds are looked at after its text has been read.
 *
 * @see openapi/json-schema.ts
 */
export const integer = (minimum: number, maximum = MAX_ID) => ({
  jsonSchema: { type: 'integer', minimum, maximum },
});

export const positiveId = z.union(
  [
    z.int().min(1).max(MAX_ID),
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/)
      .transform(Number),
  ],
  { error: 'must be an id: a whole number from 1' },
);

/** The capitals are Python's. */
const WORDS = {
  true: true,
  True: true,
  '1': true,
  false: false,
  False: false,
  '0': false,
} as const;

export const flag = z.union(
  [
    z.boolean(),
    z.enum(['true', 'True', '1', 'false', 'False', '0']).transform((word) => WORDS[word]),
  ],
  { error: 'must be true or false' },
);

/** A number is an id; anything else a full path. */
export const idOrPath = z
  .string()
  .min(1)
  .max(1024)
  .transform((text) => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : text))
  .meta({ description: 'Its number, or its full path.', example: 'acme/app' });

/** Control characters and overrides of writing direction make one text look like another. */
const PRINTABLE =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufeff][^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$';
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** A text for people. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !UNPRINTABLE.test(value), 'must hold no control characters')
    .meta({ pattern: PRINTABLE });

/** One part of a full path, or a username; the store has the last word (store/embedded/paths.ts). */
export const pathSegment = text(255).meta({
  pattern: '^[a-zA-Z0-9]+(?:(?:[._]|__|-+)[a-zA-Z0-9]+)*$',
});

export const optionalText = (max: number) =>
  z
    .union([text(max), z.literal('').transform(() => null), z.null()], {
      error: `must be a text of at most ${max} characters, with no control characters`,
    })
    .optional();

const LEVELS = Object.values(ACCESS).filter((level) => level > 0);

export const accessLevel = wholeNumber
  .pipe(
    z.custom<AccessLevel>((level) => LEVELS.includes(level as AccessLevel), {
      error: `must be one of ${LEVELS.join(', ')}`,
    }),
  )
  .meta({
    jsonSchema: { type: ['integer', 'string'], enum: [...LEVELS, ...LEVELS.map(String)] },
    description: '10 Guest, 15 Planner, 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner.',
  });

/** Milliseconds since the epoch. A date alone is 00:00 UTC of that day, as on GitLab. */
export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a date (2027-01-31) or a date and time with its zone (2027-01-31T12:00:00Z)',
});
export const instant = moment.transform((value) => Date.parse(value));
export const expiresAt = z.union(
  [moment.transform((value) => Date.parse(value)), z.literal('').transform(() => null), z.null()],
  { error: 'must be a date (2027-01-31) or a date and time with its zone (2027-01-31T12:00:00Z)' },
);

export const visibility = z.enum(['private', 'internal', 'public']);

/** `?page=2&per_page=50`; GitLab gives at most 100 at once, whatever is asked for. */
export const pageFields = {
  page: wholeNumber
    .pipe(z.number().min(1, 'must be 1 or more').max(1e9))
    .meta({ ...integer(1, 1e9), description: 'From 1.' })
    .default(1),
  per_page: wholeNumber
    .pipe(z.number().min(1, 'must be 1 or more'))
    .transform((asked) => Math.min(asked, 100))
    .meta({ ...integer(1, MAX_ID), description: 'More than 100 is 100.' })
    .default(20),
  pagination: z
    .enum(['legacy', 'offset', 'keyset'])
    .meta({ description: 'How the next page is found: by its number, or by where this one ends.' })
    .default('legacy'),
  // Clients that are set to keyset pagination ask for it and for this order in every list.
  order_by: z.literal('id').optional(),
  sort: z.literal('asc').optional(),
};

/** Milliseconds → ISO 8601, or null. */
export const toIso = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();

const DAY = 86_400_000;

/** As GitLab prints an expiry: the date alone where it is midnight UTC. */
export function toIsoDate(time: number | null): string | null {
  const iso = toIso(time);
  return iso !== null && time !== null && time % DAY === 0 ? iso.slice(0, 10) : iso;
}

/** A user is named by `user_id` or by `username`, and not by both. */
export const userRef = { user_id: positiveId.optional(), username: text(255).optional() };

interface UserRef {
  readonly user_id?: number | undefined;
  readonly username?: string | undefined;
}

export const namedTwice = {
  check: ({ user_id: id, username }: UserRef) => id === undefined || username === undefined,
  issue: { error: 'must not stand beside user_id: name the user once', path: ['username'] },
};

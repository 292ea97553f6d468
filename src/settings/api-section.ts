/** Settings of the REST API: where it is served, and how often a caller may ask. */
import { z } from 'zod';
import { addressOrOff } from './address.ts';
import { seconds } from './seconds.ts';

const times = (description: string, fallback: number) =>
  z.int().min(0).max(1_000_000_000).default(fallback).describe(description);

export const api = z
  .strictObject({
    listen: addressOrOff
      .optional()
      .describe('host:port to serve the REST API on, and only there, or off; default: `listen`'),
    rate_limit: z
      .strictObject({
        window: seconds(1, 3600).default(60).describe('Time in which requests are counted'),
        requests: times('Requests that one token may send within the window; 0: any number', 2000),
        failures: times(
          'Credentials that prove nothing which one address may send within the window; 0: any number',
          60,
        ),
      })
      .prefault({})
      .describe('How often a caller of the REST API may ask; each instance counts for itself'),
  })
  .prefault({})
  .describe('The REST API');

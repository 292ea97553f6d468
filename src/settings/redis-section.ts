/** The section `redis`. Its URL is taken apart where it is opened; here only what can be told without that. */
import { z } from 'zod';
import { Secret } from '../credential/secret.ts';

const DAY = 86_400;

/** Where the hosts start. Nothing after it is looked at here. */
const SCHEME = /^rediss?(\+sentinel|\+cluster)?:\/\//;

const url = z
  .string()
  .regex(SCHEME, {
    error:
      'must start with redis://, redis+sentinel:// or redis+cluster:// (or rediss…:// for TLS)',
    abort: true,
  })
  .regex(/^\S*$/, 'must hold no white space')
  .transform((text) => new Secret(text))
  .optional();

export const redis = z
  .strictObject({
    url: url.meta({
      description:
        'The truth that several instances share: redis[s]://, redis[s]+sentinel:// or redis[s]+cluster://. Default: none, the embedded store',
      writeOnly: true,
    }),
    prefix: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and -')
      .default('wharfpass')
      .describe('Starts the name of every key and channel'),
    replicas: z
      .int()
      .min(0)
      .max(5)
      .optional()
      .describe(
        'Replicas that must have a change before it is acknowledged. Default: 0 for redis://, 1 for Sentinel and Cluster',
      ),
    stale_credentials: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe(
        'While Redis is away: how old the copy of tokens and users may be that logins are still checked against. 0: they get 503',
      ),
    stale_anonymous: z
      .int()
      .min(0)
      .max(DAY)
      .default(60)
      .describe(
        'While Redis is away: how old the copy of the directory may be that public images are still served from',
      ),
    job_retention: z
      .int()
      .min(DAY)
      .max(366 * DAY)
      .default(7 * DAY)
      .describe('How long the record of a job stays after its deadline'),
    tls: z
      .strictObject({
        ca: z
          .string()
          .min(1)
          .optional()
          .describe(
            'File of the certificate authority of the servers; default: the well-known ones',
          ),
        cert: z.string().min(1).optional().describe('File of the certificate that we show'),
        key: z.string().min(1).optional().describe('File of the key of that certificate'),
      })
      .prefault({})
      .describe('For rediss://, rediss+sentinel:// and rediss+cluster://'),
    check_url: url.meta({
      description:
        'The same servers with a user that may run CONFIG GET, for the checks at the start. Default: as in url',
      writeOnly: true,
    }),
    unsafe: z
      .boolean()
      .default(false)
      .describe('Start on a Redis that can forget what it acknowledged, with warnings'),
  })
  .prefault({})
  .describe('One truth for several instances');

/** How the servers hang together, as far as the start of a URL says. */
export function redisForm(secret: Secret): {
  readonly form: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
} {
  const [start = '', kind = ''] = SCHEME.exec(secret.reveal()) ?? [];
  const form = kind === '+sentinel' ? 'sentinel' : kind === '+cluster' ? 'cluster' : 'single';
  return { form, tls: start.startsWith('rediss') };
}

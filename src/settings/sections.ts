/** The sections of the settings: what stands under one key of config/wharfpass.yml. Durations are whole seconds. */
import { z } from 'zod';
import { Secret } from '../credential/secret.ts';
import { addressOrOff, hostPort } from './address.ts';
import { DAY, HOUR, seconds } from './seconds.ts';

export const listen = hostPort
  .default('127.0.0.1:5001')
  .describe('host:port to serve on; port 0 takes a free one');

export const DEFAULT_METRICS_LISTEN = '127.0.0.1:9464';

export const metrics = z
  .strictObject({
    listen: addressOrOff
      .default(DEFAULT_METRICS_LISTEN)
      .describe('host:port to serve /metrics on; port 0 takes a free one, off serves none'),
  })
  .prefault({})
  .describe('Metrics for Prometheus, on a listener of their own');

/** A service name stands between quotes in a challenge (RFC 9110 section 11.6.1), so it holds none itself. */
export const serviceName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{C}"\\]*$/u, 'must hold no quote, backslash or control character')
  .refine((name) => name !== '__proto__', 'is not allowed');

export const serviceSchema = z
  .strictObject({
    header: z
      .enum(['x5c', 'kid-jwks', 'kid-libtrust'])
      .default('x5c')
      .describe('How the registry finds the key: certificate chain, jwks file, or libtrust key id'),
    tag_protection: z
      .enum(['refuse', 'meta'])
      .default('refuse')
      .describe(
        'What a tag rule does below its minimum: refuse all pushes, or send deny patterns that the registry enforces',
      ),
    registry: z
      .enum(['any', 'distribution-2', 'distribution-3', 'zot'])
      .default('any')
      .describe('What the registry is; a setting that it cannot work with is then refused'),
    key: z
      .enum(['shared', 'own'])
      .default('shared')
      .describe('Sign its tokens with the key of all services, or with one that nobody else has'),
    refresh_tokens: z
      .boolean()
      .default(false)
      .describe('Give people who log in a token that docker keeps in place of the password'),
  })
  .prefault({});

export const signing = z
  .strictObject({
    algorithm: z
      .enum(['ES256', 'RS256', 'PS256', 'EdDSA'])
      .default('ES256')
      .describe('PS256 and EdDSA only where every service says that its registry verifies them'),
    leaf_lifetime: seconds(DAY, 90 * DAY)
      .default(7 * DAY)
      .describe('Life of a signing certificate; it is renewed by itself at half of it'),
    ca_lifetime: seconds(30 * DAY, 30 * 366 * DAY)
      .default(10 * 365 * DAY)
      .describe('Life of the CA that registries trust; used once, when the CA is made'),
  })
  .prefault({})
  .describe('The keys that sign registry tokens');

export const token = z
  .strictObject({
    ttl: z
      .strictObject({
        pull: seconds(60, 3600).default(300).describe('Life of a token that can only pull'),
        push: seconds(60, 3600).default(900).describe('Life of a token that can push'),
        delete: seconds(60, 3600).default(300).describe('Life of a token that can delete'),
      })
      .prefault({})
      .describe('A token for several actions lives as long as the longest of them'),
    refresh: z
      .strictObject({
        max_age: seconds(HOUR, 366 * DAY)
          .default(90 * DAY)
          .describe('A refresh token ends this long after it was made'),
        max_idle: seconds(HOUR, 366 * DAY)
          .default(30 * DAY)
          .describe('A refresh token ends when it was not used for this long'),
      })
      .prefault({})
      .describe('Refresh tokens, for the services that have them'),
    clock_skew: seconds(0, 300).default(10).describe('How far iat and nbf lie in the past'),
    max_size: z
      .int()
      .min(2048)
      .max(65_536)
      .default(8000)
      .describe('Bytes; a request whose token would be longer is refused, since proxies drop it'),
    issued_at: z
      .boolean()
      .default(false)
      .describe('Send issued_at; off is safest where clocks differ'),
  })
  .prefault({})
  .describe('Registry tokens; none outlives the credential that it was given for');

export const directory = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe('Users, groups and projects in YAML, applied at start and on SIGHUP; default none'),
  })
  .prefault({})
  .describe('Where users, groups and projects come from, next to the REST API');

export const anonymous = z
  .strictObject({
    pull: z.boolean().default(true).describe('Anybody may pull public images'),
    login: z.boolean().default(false).describe('`docker login` without a credential succeeds'),
  })
  .prefault({})
  .describe('Callers that bring no credential');

/** A secret that the operator chooses. */
export const secretText = (description: string) =>
  z
    .string()
    .min(20)
    .regex(/^\S*$/, 'must hold no white space')
    .transform((text) => new Secret(text))
    .optional()
    .meta({ description, writeOnly: true });

export const notifications = z
  .strictObject({
    secret: secretText('What a registry shows with its notifications. Default: none are taken'),
  })
  .prefault({})
  .describe('Notifications of registries, for the audit stream');

export const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('The least severe line that is written; lines are JSON'),
  })
  .prefault({})
  .describe('Logs, on standard output');

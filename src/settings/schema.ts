/**
 * The shape of config/wharfpass.yml. Every object is closed: an unknown key is an error. Descriptions end up in the
 * JSON schema for editors; docs/configuration.md explains each key at length. Durations are whole seconds.
 */
import { z } from 'zod';

const seconds = (min: number, max: number) => z.int().min(min).max(max);
const prefix = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]{0,15}[-_]$/, 'must be letters or digits and end in - or _')
  .describe('Starts every secret of the kind');
const prefixes = (first: string) => z.array(prefix).min(1).max(4).default([first]);

const service = z
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
  })
  .prefault({});

const signing = z
  .strictObject({
    algorithm: z.enum(['ES256', 'RS256']).default('ES256'),
    leaf_lifetime: seconds(86_400, 90 * 86_400).default(7 * 86_400),
    ca_lifetime: seconds(30 * 86_400, 30 * 366 * 86_400).default(10 * 365 * 86_400),
  })
  .prefault({});

const token = z
  .strictObject({
    pull_ttl: seconds(60, 3600).default(300),
    push_ttl: seconds(60, 3600).default(900),
    clock_skew: seconds(0, 300).default(10).describe('How far iat and nbf lie in the past'),
    issued_at: z
      .boolean()
      .default(false)
      .describe('Send issued_at; off is safest where clocks differ'),
  })
  .prefault({});

const credentials = z
  .strictObject({
    password: z
      .boolean()
      .default(true)
      .describe('Let users log in with the password they were given'),
    prefixes: z
      .strictObject({
        personal_access_token: prefixes('glpat-'),
        deploy_token: prefixes('gldt-'),
        job_token: prefixes('glcbt-'),
      })
      .prefault({}),
  })
  .prefault({});

const jobs = z
  .strictObject({
    default_timeout: seconds(60, 30 * 86_400).default(3600),
    max_timeout: seconds(60, 30 * 86_400).default(86_400),
    token_format: z.enum(['jwt', 'opaque']).default('jwt'),
    enforce_allowlist: z
      .boolean()
      .default(true)
      .describe('A project cannot switch its job token allowlist off'),
  })
  .prefault({});

export const settingsSchema = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/, 'must be host:port')
    .default('127.0.0.1:5001'),
  public_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('How clients reach this server; default http://localhost:<port>'),
  data_dir: z.string().min(1).default('./data'),
  keys_dir: z.string().min(1).default('./keys'),
  issuer: z.string().min(1).max(255).default('wharfpass'),
  service: z
    .string()
    .min(1)
    .max(255)
    .default('container_registry')
    .describe('The service assumed where a client names none'),
  services: z
    .record(z.string().min(1).max(255), service)
    .default({})
    .describe('Settings of each service; the one named in `service` always exists'),
  registry: z
    .string()
    .regex(/^[^\s/]+$/)
    .default('127.0.0.1:5000')
    .describe('host[:port] of the registry, for the variables that a job is given'),
  signing,
  token,
  credentials,
  jobs,
  anonymous: z
    .strictObject({
      pull: z.boolean().default(true).describe('Anybody may pull public images'),
      login: z.boolean().default(false).describe('`docker login` without a credential succeeds'),
    })
    .prefault({}),
  directory: z.strictObject({ file: z.string().min(1).optional() }).prefault({}),
  admin_token: z.string().min(1).optional().describe('Secret. Default: made at first start'),
  trusted_proxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe('Whose X-Forwarded-For is believed'),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      format: z.enum(['json', 'pretty']).default('json'),
    })
    .prefault({}),
});

export type Settings = z.infer<typeof settingsSchema>;

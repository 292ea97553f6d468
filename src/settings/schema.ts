/**
 * The shape of config/wharfpass.yml. Every object is closed: an unknown key is an error. Descriptions end up in the
 * JSON schema for editors; docs/configuration.md explains each key at length. Durations are whole seconds.
 */
import { z } from 'zod';
import { api } from './api-section.ts';
import { redis } from './redis-section.ts';
import { audit, credentials, deployTokens, jobs } from './credential-sections.ts';
import {
  anonymous,
  directory,
  listen,
  log,
  metrics,
  notifications,
  secretText,
  serviceName,
  serviceSchema,
  signing,
  token,
} from './sections.ts';

export const settingsSchema = z.strictObject({
  listen,
  api,
  public_url: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL', abort: true })
    .refine(
      (text) => !/[?#]|\/\/[^/]*@/.test(text),
      'must have no query, no fragment and no password in it',
    )
    .optional()
    .describe('How clients reach this server; default http://localhost:<port>'),
  data_dir: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder of the store and the admin token file'),
  keys_dir: z
    .string()
    .min(1)
    .default('./keys')
    .describe('Folder of the signing keys and the CA certificate'),
  issuer: z
    .string()
    .min(1)
    .max(255)
    .regex(/^\P{C}+$/u, 'must hold no control character')
    .default('wharfpass')
    .describe('The iss claim; the same as auth.token.issuer of the registry'),
  service: serviceName
    .default('container_registry')
    .describe('The service assumed where a client names none; auth.token.service of the registry'),
  services: z
    .record(serviceName, serviceSchema)
    .default({})
    .describe('Settings of each service; the one named in `service` always exists'),
  registry: z
    .string()
    .regex(/^[^\s/]+$/, 'must be host or host:port, with no https:// and no path')
    .default('127.0.0.1:5000')
    .describe('host[:port] of the registry, for the variables that a job is given'),
  signing,
  token,
  credentials,
  jobs,
  deploy_tokens: deployTokens,
  audit,
  notifications,
  anonymous,
  directory,
  redis,
  admin_token: secretText(
    'Token of the user root. Default: made at first start in <data_dir>/admin-token',
  ),
  trusted_proxies: z
    .array(
      z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
        error: 'must be an IP address or a network such as 10.0.0.0/8',
      }),
    )
    .default([])
    .describe('Whose X-Forwarded-For is believed'),
  log,
  metrics,
});

export type Settings = z.infer<typeof settingsSchema>;

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, type Logger } from '../../src/log.ts';
import type { SigningSettings } from '../../src/signing/key-sets.ts';
import { openKeys, type Keys } from '../../src/signing/open-keys.ts';
import type { HeaderForm, RegistryClaims, SigningAlgorithm } from '../../src/signing/ports.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const MAX_TTL = 900;

const folders: string[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-signing-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((each) => rm(each, { recursive: true, force: true })));
}

/** A clock that is moved by hand. */
export function handClock(start = Date.UTC(2026, 5, 1, 12)) {
  let now = start;
  return {
    now: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

/** A real logger whose lines are kept. */
export function recordingLog(): { log: Logger; lines: { level: string; msg: string }[] } {
  const lines: { level: string; msg: string }[] = [];
  const write = (line: string) => {
    lines.push(JSON.parse(line));
  };
  return { log: createLog({ level: 'debug' }, { write }), lines };
}

type ServiceSettings = SigningSettings['services'][string];

const ORDINARY = {
  tag_protection: 'refuse',
  registry: 'any',
  key: 'shared',
  refresh_tokens: false,
} as const;

interface Choices {
  readonly algorithm?: SigningAlgorithm;
  readonly services?: Readonly<Record<string, HeaderForm>>;
  readonly more?: Readonly<Record<string, Partial<ServiceSettings>>>;
  readonly leafLifetime?: number;
  readonly caLifetime?: number;
}

export function settingsOf(choices: Choices = {}): SigningSettings {
  const services = Object.entries(choices.services ?? {});
  return {
    issuer: 'wharfpass',
    services: Object.fromEntries(
      services.map(([name, header]) => [name, { ...ORDINARY, header, ...choices.more?.[name] }]),
    ),
    signing: {
      algorithm: choices.algorithm ?? 'ES256',
      leaf_lifetime: (choices.leafLifetime ?? 7 * DAY) / 1000,
      ca_lifetime: (choices.caLifetime ?? 3650 * DAY) / 1000,
    },
  };
}

export async function openTestKeys(
  folder: string,
  options: Choices & { clock?: { now(): number }; log?: Logger } = {},
): Promise<Keys> {
  return await openKeys({
    folder,
    settings: settingsOf(options),
    clock: options.clock ?? { now: () => Date.now() },
    log: options.log ?? recordingLog().log,
    maxTokenTtl: MAX_TTL,
  });
}

export function claimsAt(now: number, overrides: Partial<RegistryClaims> = {}): RegistryClaims {
  const seconds = Math.floor(now / 1000);
  return {
    iss: 'wharfpass',
    sub: 'jane',
    aud: 'container_registry',
    exp: seconds + MAX_TTL,
    nbf: seconds - 10,
    iat: seconds - 10,
    jti: 'jti-1',
    access: [{ type: 'repository', name: 'acme/app', actions: ['pull'] }],
    ...overrides,
  };
}

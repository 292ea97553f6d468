/** How the server is set in a batch of lives. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../src/settings/load.ts';
import type { Settings } from '../../src/settings/schema.ts';
import type { Instance } from './model/life.ts';
import { DAY, HOUR, SECOND } from './model/turn.ts';

export const instanceOf = (batch: number): Instance => ({
  revokeOnDisable: batch % 2 === 1,
  rotationGrace: DAY / SECOND,
  maxAge: (5 * DAY) / SECOND,
  writeAttempts: 3,
  writeWindow: (6 * HOUR) / SECOND,
});

/** A leaf lives longer than a batch; the audit stream has tests of its own. */
const settingsOf = (instance: Instance): string => `
listen: 127.0.0.1:0
metrics: {listen: "off"}
audit: {file: false}
signing: {leaf_lifetime: ${(90 * DAY) / SECOND}}
deploy_tokens:
  revoke_on_disable: ${instance.revokeOnDisable}
  rotation_grace: ${instance.rotationGrace}
jobs:
  after_job:
    max_age: ${instance.maxAge}
    write_attempts: ${instance.writeAttempts}
    write_window: ${instance.writeWindow}
  extended_token: {enabled: true}
`;

export async function settleIn(folder: string, instance: Instance): Promise<Settings> {
  const file = join(folder, 'wharfpass.yml');
  await writeFile(file, settingsOf(instance), { mode: 0o600 });
  return loadSettings({ file, env: {}, cwd: folder });
}

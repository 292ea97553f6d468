/** Ends the one credential that has a secret, which is in a file or on standard input and never an argument. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '../credential/secret.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { printJson, type OutputOptions } from './output.ts';
import { inFull } from './revoke-moment.ts';
import type { Credential } from './revoke-parts.ts';

const LARGEST = 65_536;

interface SecretAnswer {
  readonly found: boolean;
  readonly was_live: boolean;
  readonly credential: Credential | null;
  readonly registry_tokens_expire_at: string | null;
}

/** The path is in no message: people put the secret itself there by mistake. */
function readSecretAt(path: string): Secret {
  let text: string;
  try {
    const { size } = statSync(path);
    text = size > LARGEST ? '' : (readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? '').trim();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const advice = 'It takes the name of a file, never the secret itself.';
    throw new CommandError(EXIT.usage, `--secret-file cannot be read (${code}). ${advice}`);
  }
  if (text !== '') return new Secret(text);
  throw new CommandError(EXIT.usage, '--secret-file must hold a secret in its first line.');
}

export async function revokeSecret(
  context: Context,
  file: string,
  { json }: OutputOptions,
): Promise<void> {
  const secret =
    file === '-' ? await context.readSecret('Secret: ') : readSecretAt(resolve(context.cwd, file));
  const api = await context.api();
  const answer = await api.post<SecretAnswer>('/revocations/secret', { secret: secret.reveal() });
  if (json) return printJson(context, answer);
  const { credential, registry_tokens_expire_at: end } = answer;
  if (credential === null) {
    throw new CommandError(EXIT.failed, 'No credential of this server has this secret.');
  }
  const name = credential.name === null ? '' : ` (${credential.name})`;
  const what = `${credential.kind.replaceAll('_', ' ').replace(/s$/, '')} ${credential.id}${name}`;
  context.stderr(
    answer.was_live ? `Ended: ${what}.\n` : `The secret is of ${what}, which had ended before.\n`,
  );
  if (end === null) return;
  const until = inFull(Date.parse(end));
  context.stderr(`Registry tokens that were given out before work until ${until} at the latest.\n`);
}

/** Asks for a bulk revocation part by part, until nothing remains, and puts the answers together. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import { CommandError, EXIT } from './exit-codes.ts';

export interface Credential {
  readonly kind: string;
  readonly id: number;
  readonly name: string | null;
  readonly project_id: number | null;
  readonly group_id: number | null;
  readonly user_id: number | null;
  readonly created_at: string;
}

export interface ShownTokens {
  readonly action: string;
  readonly tokens: readonly {
    readonly id: number;
    readonly project_id: number;
    readonly username: string;
  }[];
}

interface Answer {
  readonly run: string;
  readonly dry_run: boolean;
  readonly revoked: Readonly<Record<string, number>>;
  readonly credentials: readonly Credential[];
  readonly untouched: readonly { readonly kind: string; readonly criteria: readonly string[] }[];
  readonly deploy_tokens_shown: ShownTokens;
  readonly self_left_out: boolean;
  readonly notes: readonly string[];
  readonly registry_tokens_expire_at: string | null;
  readonly cursor: string | null;
}

/** As one answer without parts would be. */
export type Revocation = Omit<Answer, 'cursor'>;

/** How often a part is asked for that the server could not confirm, and milliseconds between. */
const TRIES = 10;
const PAUSE = 1_000;

function together(before: Revocation | null, answer: Answer): Revocation {
  const { cursor: _cursor, ...now } = answer;
  if (before === null) return now;
  const counts = Object.entries(now.revoked).map(
    ([kind, count]) => [kind, count + (before.revoked[kind] ?? 0)] as const,
  );
  const tokens = [...before.deploy_tokens_shown.tokens, ...now.deploy_tokens_shown.tokens];
  return {
    ...now,
    revoked: Object.fromEntries(counts),
    credentials: [...before.credentials, ...now.credentials],
    deploy_tokens_shown: {
      ...now.deploy_tokens_shown,
      tokens: [...new Map(tokens.map((token) => [token.id, token])).values()],
    },
    self_left_out: before.self_left_out || now.self_left_out,
  };
}

export interface PartsOptions {
  /** Told how many more have ended. */
  readonly onPart: (ended: number) => void;
  /** Told that the server could not confirm, and that it is asked again. */
  readonly onWait: () => void;
}

export async function revokeInParts(
  api: Pick<ApiClient, 'post'>,
  body: Readonly<Record<string, unknown>>,
  { onPart, onWait }: PartsOptions,
): Promise<Revocation> {
  async function ask(cursor: string | null): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await api.post<Answer>('/revocations', { ...body, ...(cursor && { cursor }) });
      } catch (error) {
        const again = error instanceof CommandError && error.exitCode === EXIT.unavailable;
        if (!again) throw error;
        if (attempt === TRIES) {
          const advice = 'Run the same command again: it goes on with what is left.';
          throw new CommandError(error.exitCode, `${error.message}\n${advice}`);
        }
        onWait();
        await sleep(PAUSE);
      }
    }
  }

  let whole: Revocation | null = null;
  for (let cursor: string | null = null; ;) {
    const answer: Answer = await ask(cursor);
    whole = together(whole, answer);
    onPart(answer.credentials.length);
    cursor = answer.cursor;
    if (cursor === null) return whole;
  }
}

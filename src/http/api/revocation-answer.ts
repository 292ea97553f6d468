/** What a bulk revocation answers. */
import { z } from 'zod';
import { REVOCABLE_KINDS, type RevocationPlan } from '../../lifecycle/bulk-criteria.ts';
import type { Candidate } from '../../lifecycle/bulk-candidates.ts';
import type { BulkPart } from '../../lifecycle/bulk-revoke.ts';
import { SHOWN_TOKEN_ACTIONS, type ShownTokenAction } from '../../lifecycle/shown-deploy-tokens.ts';
import { count, id, timestamp } from './answer-fields.ts';
import { toIso } from './fields.ts';

const kind = z.enum(REVOCABLE_KINDS).meta({ example: 'jobs' });

const credential = z.strictObject({
  kind,
  id,
  name: z.string().nullable().meta({ example: 'build' }),
  project_id: id.nullable(),
  group_id: id.nullable().meta({ example: null }),
  user_id: id.nullable(),
  created_at: timestamp.meta({ description: 'Of a job: when it started.' }),
});

const counts = Object.fromEntries(REVOCABLE_KINDS.map((one) => [one, count])) as Record<
  (typeof REVOCABLE_KINDS)[number],
  typeof count
>;

export const revocationSchema = z
  .strictObject({
    run: z.uuid().meta({ description: 'Names the whole revocation, in the audit stream too.' }),
    dry_run: z.boolean(),
    revoked: z
      .strictObject(counts)
      .meta({ description: 'How many this request ended; of a dry run, would end.' }),
    credentials: z.array(credential).meta({ description: 'Each of them.' }),
    untouched: z
      .array(z.strictObject({ kind, criteria: z.array(z.string()) }))
      .meta({ description: 'Kinds that cannot be told by these criteria, and are left alone.' }),
    deploy_tokens_shown: z
      .strictObject({
        action: z.enum(SHOWN_TOKEN_ACTIONS),
        tokens: z.array(
          z.strictObject({
            id,
            project_id: id,
            username: z.string().meta({ example: 'gitlab+deploy-token-7' }),
          }),
        ),
      })
      .meta({
        description: 'Automatic deploy tokens whose living secrets the jobs may have been shown.',
      }),
    self_left_out: z
      .boolean()
      .meta({ description: 'The token that asks meets the criteria and lives on.' }),
    notes: z.array(z.string()),
    registry_tokens_expire_at: timestamp
      .nullable()
      .meta({ description: 'Registry tokens that were given out before are dead by then.' }),
    remaining: z.boolean().meta({ description: 'Ask again with the cursor.', example: false }),
    cursor: z.string().nullable().meta({ example: null }),
  })
  .meta({ id: 'Revocation' });

export const secretRevocationSchema = z
  .strictObject({
    found: z.boolean().meta({ description: 'Whether any credential has this secret.' }),
    was_live: z.boolean().meta({ description: 'Whether it was live until now.' }),
    credential: credential.nullable(),
    registry_tokens_expire_at: timestamp.nullable(),
  })
  .meta({ id: 'SecretRevocation' });

export const presentCredential = (candidate: Candidate) => ({
  kind: candidate.kind,
  id: candidate.id,
  name: candidate.name,
  project_id: candidate.projectId,
  group_id: candidate.groupId,
  user_id: candidate.userId,
  created_at: toIso(candidate.createdAt),
});

const countsOf = (ended: readonly Candidate[]) =>
  Object.fromEntries(
    REVOCABLE_KINDS.map((one) => [one, ended.filter((candidate) => candidate.kind === one).length]),
  );

export interface RevocationAnswer {
  readonly run: string;
  readonly dryRun: boolean;
  readonly plan: RevocationPlan;
  readonly part: BulkPart;
  readonly shown: ShownTokenAction;
  readonly notes: readonly string[];
  /** Milliseconds; null: nothing was ended. */
  readonly registryTokensEnd: number | null;
  readonly cursor: string | null;
}

export function presentRevocation(answer: RevocationAnswer) {
  const { run, dryRun, plan, part, cursor } = answer;
  return {
    run,
    dry_run: dryRun,
    revoked: countsOf(part.ended),
    credentials: part.ended.map(presentCredential),
    untouched: plan.untouched,
    deploy_tokens_shown: {
      action: dryRun ? ('report' as const) : answer.shown,
      tokens: part.shown.map((token) => ({
        id: token.id,
        project_id: token.projectId,
        username: token.username,
      })),
    },
    self_left_out: part.selfLeftOut,
    notes: answer.notes,
    registry_tokens_expire_at: toIso(answer.registryTokensEnd),
    remaining: cursor !== null,
    cursor,
  };
}

/**
 * The registry tokens that were given out a short while ago: a registry names the subject of a token and never its id,
 * so which token was used can only be told by subject, repository and time.
 */
import { subjectOf, type Audit } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { ResourceDecision } from '../policy/decision.ts';

export interface RecentToken {
  readonly jti: string;
  /** Of the personal access token behind it; null: none is. */
  readonly tokenId: number | null;
  /** Of the job that asked; null: none did. */
  readonly projectId: number | null;
  /** Between these the token was good, in milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly decisions: readonly ResourceDecision[];
}

export interface IssuedTokens {
  /** Notes every token that is given out. */
  readonly listener: Audit;
  /** Those that the subject may have used, the newest last. @param at milliseconds */
  matching(subject: string, action: string, repository: string, at: number): readonly RecentToken[];
  /** The project of the job that has this subject; null: it asked for no token lately. */
  projectOf(subject: string): number | null;
}

/** By which registries let a token live longer, and by which the clocks may differ. Milliseconds. */
const LEEWAY = 60_000;
/** What is kept of one subject, and of how many. */
const TOKENS = 50;
const SUBJECTS = 5_000;

function grants({ decisions }: RecentToken, action: string, repository: string): boolean {
  return decisions.some(
    ({ type, name, actions }) =>
      type === 'repository' &&
      name === repository &&
      actions.some((each) => each.action === action && each.refusedBy === null),
  );
}

export function createIssuedTokens({ now }: Clock): IssuedTokens {
  const bySubject = new Map<string, RecentToken[]>();

  function keep(subject: string, token: RecentToken): void {
    const known = bySubject.get(subject) ?? [];
    // Anew at the end, so that the first is who asked longest ago.
    bySubject.delete(subject);
    bySubject.set(subject, known);
    known.push(token);
    if (known.length > TOKENS) known.shift();
    if (bySubject.size <= SUBJECTS) return;
    const [oldest] = bySubject.keys();
    if (oldest !== undefined) bySubject.delete(oldest);
  }

  return {
    listener: {
      issued(_asked, principal, { jti, expiresIn, decisions }) {
        const at = now();
        keep(subjectOf(principal), {
          jti,
          tokenId: principal.kind === 'user' ? principal.tokenId : null,
          projectId: principal.kind === 'job' ? principal.projectId : null,
          from: at - LEEWAY,
          until: at + expiresIn * 1000 + LEEWAY,
          decisions,
        });
      },
      refused() {},
    },
    matching: (subject, action, repository, at) =>
      (bySubject.get(subject) ?? []).filter(
        (token) => token.from <= at && at <= token.until && grants(token, action, repository),
      ),
    projectOf: (subject) => bySubject.get(subject)?.at(-1)?.projectId ?? null,
  };
}

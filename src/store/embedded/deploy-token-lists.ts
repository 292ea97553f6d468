/** Lists of deploy tokens: of a holder, and of those that something is due for. To be read in one snapshot. */
import type { Page, Slice } from '../ports.ts';
import type { DeployTokenRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { TOKEN_COLUMNS, tokenRecord, type TokenRow } from './deploy-token-rows.ts';
import { prepareBySource } from './source.ts';

const ACTIVE = 't.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?3)';

const NEWEST_BORN = `(SELECT s.created_at FROM deploy_token_secrets s WHERE s.token_id = t.id
  ORDER BY s.id DESC LIMIT 1)`;
// The first two terms are those of the index deploy_tokens_with_dates, to the letter.
const DUE = `t.revoked_at IS NULL AND (t.expires_at IS NOT NULL OR t.rotate_every IS NOT NULL)
  AND (t.expires_at IS NULL OR t.expires_at > ?2)
  AND (t.expires_at < ?1 OR ${NEWEST_BORN} + t.rotate_every * 1000 < ?1)`;

export function prepareDeployTokenLists(db: Database) {
  const list = prepareBySource<TokenRow>(
    db,
    (column) => `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t
      WHERE t.${column} = ?1 AND (?2 IS NULL OR (${ACTIVE}) = ?2) ORDER BY t.id LIMIT ?4 OFFSET ?5`,
  );
  const count = prepareBySource<[number]>(
    db,
    (column) => `SELECT count(*) FROM deploy_tokens t
      WHERE t.${column} = ?1 AND (?2 IS NULL OR (${ACTIVE}) = ?2)`,
  );
  const due = db.prepare<TokenRow>(
    `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t WHERE ${DUE} ORDER BY t.id LIMIT ?3 OFFSET ?4`,
  );
  const countDue = db.prepare<[number]>(`SELECT count(*) FROM deploy_tokens t WHERE ${DUE}`);

  return {
    of: (
      { kind, id }: MemberSource,
      page: Page,
      active: boolean | undefined,
      now: number,
    ): Slice<DeployTokenRecord> => {
      const wanted = active === undefined ? null : Number(active);
      const rows = list[kind].all(id, wanted, now, page.limit, page.offset);
      return { items: rows.map(tokenRecord), total: count[kind].get(id, wanted, now)?.[0] ?? 0 };
    },
    expiring: (before: number, page: Page, now: number): Slice<DeployTokenRecord> => ({
      items: due.all(before, now, page.limit, page.offset).map(tokenRecord),
      total: countDue.get(before, now)?.[0] ?? 0,
    }),
  };
}

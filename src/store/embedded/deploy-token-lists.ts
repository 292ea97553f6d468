/** Lists of deploy tokens: of a holder, and of those that something is due for. To be read in one snapshot. */
import type { Page, Slice } from '../ports.ts';
import type { DeployTokenRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { TOKEN_COLUMNS, tokenRecord, type TokenRow } from './deploy-token-rows.ts';
import { prepareBySource } from './source.ts';

const ACTIVE = 't.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?3)';

const NEWEST_BORN = `(SELECT s.created_at FROM deploy_token_secrets s WHERE s.token_id = t.id
  ORDER BY s.id DESC LIMIT 1)`;
/** Ids, in two parts, each by an index of its own: most tokens have neither an end nor a rotation. */
const DUE = `SELECT t.id FROM deploy_tokens t
    WHERE t.revoked_at IS NULL AND t.expires_at IS NOT NULL AND t.expires_at > ?2 AND t.expires_at < ?1
  UNION SELECT t.id FROM deploy_tokens t INDEXED BY deploy_tokens_to_rotate
    WHERE t.revoked_at IS NULL AND t.rotate_every IS NOT NULL
      AND (t.expires_at IS NULL OR t.expires_at > ?2) AND ${NEWEST_BORN} + t.rotate_every * 1000 < ?1`;

export function prepareDeployTokenLists(db: Database) {
  const held = (holder: string) => `${holder} AND (?2 IS NULL OR (${ACTIVE}) = ?2)`;
  const slice = (holder: string) => `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t
    WHERE ${held(holder)} ORDER BY t.id LIMIT ?4 OFFSET ?5`;
  const size = (holder: string) => `SELECT count(*) FROM deploy_tokens t WHERE ${held(holder)}`;
  const list = {
    ...prepareBySource<TokenRow>(db, (column) => slice(`t.${column} = ?1`)),
    any: db.prepare<TokenRow>(slice('?1 IS NULL')),
  };
  const count = {
    ...prepareBySource<[number]>(db, (column) => size(`t.${column} = ?1`)),
    any: db.prepare<[number]>(size('?1 IS NULL')),
  };
  const due = db.prepare<TokenRow>(
    `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t
      WHERE t.id IN (SELECT id FROM (${DUE}) ORDER BY id LIMIT ?3 OFFSET ?4) ORDER BY t.id`,
  );
  const countDue = db.prepare<[number]>(`SELECT count(*) FROM (${DUE})`);

  return {
    of: (
      holder: MemberSource | null,
      page: Page,
      active: boolean | undefined,
      now: number,
    ): Slice<DeployTokenRecord> => {
      const wanted = active === undefined ? null : Number(active);
      const { kind, id } = holder ?? ({ kind: 'any', id: null } as const);
      const rows = list[kind].all(id, wanted, now, page.limit, page.offset);
      return { items: rows.map(tokenRecord), total: count[kind].get(id, wanted, now)?.[0] ?? 0 };
    },
    expiring: (before: number, page: Page, now: number): Slice<DeployTokenRecord> => ({
      items: due.all(before, now, page.limit, page.offset).map(tokenRecord),
      total: countDue.get(before, now)?.[0] ?? 0,
    }),
  };
}

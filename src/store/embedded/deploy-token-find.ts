import type { DeployTokenRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { TOKEN_COLUMNS, tokenRecord, type TokenRow } from './deploy-token-rows.ts';
import { prepareBySource } from './source.ts';

/** null where the holder has no such token. */
export type FindDeployToken = (holder: MemberSource, tokenId: number) => DeployTokenRecord | null;

export function prepareFindDeployToken(db: Database): FindDeployToken {
  const find = prepareBySource<TokenRow>(
    db,
    (column) => `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t WHERE t.id = ? AND t.${column} = ?`,
  );
  return (holder, tokenId) => {
    const row = find[holder.kind].get(tokenId, holder.id);
    return row === undefined ? null : tokenRecord(row);
  };
}

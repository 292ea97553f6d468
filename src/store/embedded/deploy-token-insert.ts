import { AppError } from '../../errors.ts';
import type { NewDeployToken } from '../ports.ts';
import type { DeployTokenOrigin } from '../records.ts';
import type { Database } from './database.ts';
import { isReservedLogin } from './paths.ts';
import { sourceColumns } from './source.ts';

export interface DeployTokenToInsert extends NewDeployToken {
  readonly origin: DeployTokenOrigin;
  readonly sealed: string | null;
}

/** Returns the new token's id. To be called within a write. */
export type InsertDeployToken = (token: DeployTokenToInsert, now: number) => number;

export const secretTaken = (): AppError =>
  new AppError('conflict', 'This secret belongs to another deploy token.');

function check(token: NewDeployToken, holderExists: boolean): void {
  const { holder, username } = token;
  if (!holderExists) {
    throw new AppError('not_found', `There is no ${holder.kind} ${holder.id}.`);
  }
  if (username !== null && isReservedLogin(username)) {
    throw new AppError('bad_request', `The username ${JSON.stringify(username)} is reserved.`);
  }
}

export function prepareInsertDeployToken(db: Database): InsertDeployToken {
  const holders = {
    project: db.prepare('SELECT 1 FROM projects WHERE id = ?'),
    group: db.prepare('SELECT 1 FROM groups WHERE id = ?'),
  };
  const insert = db.prepare<[number]>(
    `INSERT INTO deploy_tokens
       (project_id, group_id, name, username, scopes, expires_at, created_by, created_at, origin)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const setUsername = db.prepare('UPDATE deploy_tokens SET username = ? WHERE id = ?');
  const insertSecret = db.prepare(
    `INSERT INTO deploy_token_secrets (token_id, hash, created_at, sealed) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );

  return (token, now) => {
    const { holder, username } = token;
    check(token, holders[holder.kind].get(holder.id) !== undefined);
    const [id] = insert.get(
      ...sourceColumns(holder),
      token.name,
      username ?? '',
      JSON.stringify(token.scopes),
      token.expiresAt,
      token.createdBy,
      now,
      token.origin,
    ) ?? [0];
    if (username === null) setUsername.run(`gitlab+deploy-token-${id}`, id);
    if (insertSecret.run(id, token.hash, now, token.sealed) === 0) throw secretTaken();
    return id;
  };
}

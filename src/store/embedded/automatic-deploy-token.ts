/** The deploy token that a project has without anybody asking for it (AUTO-01, AUTO-03). */
import type { Visibility } from '../../policy/facts.ts';
import type { NewSecret } from '../ports.ts';
import type { DeployTokenRecord } from '../records.ts';
import type { Bit, Database } from './database.ts';
import type { FindDeployToken } from './deploy-token-find.ts';
import type { InsertDeployToken } from './deploy-token-insert.ts';
import type { Version } from './version.ts';

const NAME = 'gitlab-deploy-token';
const SCOPES = ['read_registry'];

type Ensured = { readonly token: DeployTokenRecord; readonly created: boolean } | null;

type StateRow = [
  visibility: Visibility,
  declined: Bit,
  tokenId: number | null,
  expiresAt: number | null,
];

export interface AutomaticDeployTokens {
  /** null: the project is to have none. undefined: it is to have one, and has none that is live. */
  find(projectId: number, now: number): Ensured | undefined;
  /** To be called within a write. */
  ensure(projectId: number, secret: NewSecret, now: number): Ensured;
  /** To be called in the write that revoked such a token: the project gets no other one by itself. */
  decline(projectId: number): void;
}

export interface AutomaticDeployTokensParts {
  readonly db: Database;
  readonly version: Pick<Version, 'move'>;
  readonly find: FindDeployToken;
  readonly insert: InsertDeployToken;
}

function prepareStatements(db: Database) {
  return {
    state: db.prepare<StateRow>(
      `SELECT p.visibility, p.auto_token_declined, t.id, t.expires_at
       FROM projects p LEFT JOIN deploy_tokens t
         ON t.project_id = p.id AND t.origin = 'auto' AND t.revoked_at IS NULL
       WHERE p.id = ?`,
    ),
    // One that has expired makes room for the next, as the index wants it.
    supersede: db.prepare(
      `UPDATE deploy_tokens SET revoked_at = ?
       WHERE project_id = ? AND origin = 'auto' AND revoked_at IS NULL`,
    ),
    decline: db.prepare('UPDATE projects SET auto_token_declined = 1 WHERE id = ?'),
  };
}

export function prepareAutomaticDeployTokens(
  parts: AutomaticDeployTokensParts,
): AutomaticDeployTokens {
  const { version, insert } = parts;
  const sql = prepareStatements(parts.db);

  function read(projectId: number, tokenId: number): DeployTokenRecord {
    const token = parts.find({ kind: 'project', id: projectId }, tokenId);
    if (token === null) throw new Error('a deploy token is gone within its own transaction');
    return token;
  }

  function find(projectId: number, now: number): Ensured | undefined {
    const row = sql.state.get(projectId);
    if (row === undefined) return null;
    const [visibility, declined, tokenId, expiresAt] = row;
    if (visibility === 'public' || declined === 1) return null;
    const live = tokenId !== null && (expiresAt === null || expiresAt > now);
    return live ? { token: read(projectId, tokenId), created: false } : undefined;
  }

  function ensure(projectId: number, { hash, sealed }: NewSecret, now: number): Ensured {
    const known = find(projectId, now);
    if (known !== undefined) return known;
    if (sql.supersede.run(now, projectId) > 0) version.move();
    const holder = { kind: 'project', id: projectId } as const;
    const names = { holder, name: NAME, scopes: SCOPES, username: null };
    const rest = { expiresAt: null, createdBy: null, origin: 'auto' } as const;
    const id = insert({ ...names, ...rest, hash, sealed }, now);
    return { token: read(projectId, id), created: true };
  }

  return { find, ensure, decline: (projectId) => void sql.decline.run(projectId) };
}

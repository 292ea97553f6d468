import type { Column } from './table.ts';

export interface TokenSecret {
  readonly id: number;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly expires_at: string | null;
}

export interface DeployToken {
  readonly id: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly origin: string;
  readonly rotation_due_at: string | null;
  readonly secrets: readonly TokenSecret[];
}

export const DEPLOY_TOKEN_COLUMNS: readonly Column<DeployToken>[] = [
  ['id', (token) => token.id],
  ['name', (token) => token.name],
  ['username', (token) => token.username],
  ['scopes', (token) => token.scopes],
  ['origin', (token) => token.origin],
  ['expires', (token) => token.expires_at],
  ['rotate by', (token) => token.rotation_due_at],
  ['state', ({ revoked, expired }) => (revoked ? 'revoked' : expired ? 'expired' : 'active')],
];

export const SECRET_COLUMNS: readonly Column<TokenSecret>[] = [
  ['id', (secret) => secret.id],
  ['created', (secret) => secret.created_at],
  ['last used', (secret) => secret.last_used_at],
  ['ends', (secret) => secret.expires_at],
];

/** The deploy token that nobody has to make (docs/deploy-tokens.md). */
import type { DeployToken, Life } from './life.ts';
import { told, type Made } from './turn.ts';

export function liveAutomatic({ project, tokens }: Life, now: number): DeployToken | undefined {
  if (project.gone) return undefined;
  return tokens.find(
    (each) => each.automatic && !each.revoked && (each.ends === null || each.ends > now),
  );
}

/** The project's automatic token, made if there is none; undefined where there is to be none. */
export function ensureAutomatic(life: Life, now: number): DeployToken | undefined {
  const { project, tokens } = life;
  if (project.visibility === 'public' || project.declined || project.automatic === false) {
    return undefined;
  }
  const live = liveAutomatic(life, now);
  if (live !== undefined) return live;
  // One that has expired makes room.
  for (const each of tokens) if (each.automatic) each.revoked = true;
  const made: DeployToken = {
    id: 0,
    username: '',
    automatic: true,
    scopes: ['read_registry'],
    ends: null,
    revoked: false,
    secrets: [{ id: 0, text: null, ends: null }],
  };
  tokens.push(made);
  return made;
}

export function revoke(life: Life, token: DeployToken): void {
  if (!token.revoked && token.automatic) life.project.declined = true;
  token.revoked = true;
}

/** Old secrets are forgotten one day; of these the store still knows. */
export const SECRETS_KEPT = 4;

export function learnAutomatic(life: Life, { automatic }: Made, now: number): void {
  const token = liveAutomatic(life, now);
  if (token === undefined) return;
  const { id, username, secretIds } = told(automatic, 'which automatic token there is');
  if (token.id !== 0 && token.id !== id) throw new Error(`token ${token.id} became token ${id}`);
  token.id = id;
  token.username = username;
  const known = token.secrets.slice(-SECRETS_KEPT);
  if (known.length !== secretIds.length) {
    throw new Error(`${secretIds.length} secrets of an automatic token, not ${known.length}`);
  }
  for (const [index, secret] of known.entries()) secret.id = told(secretIds[index], 'its secret');
}

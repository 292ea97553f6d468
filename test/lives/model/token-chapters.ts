/** What happens to deploy tokens (docs/deploy-tokens.md). */
import type { Random } from '../random.ts';
import { revoke, SECRETS_KEPT } from './automatic.ts';
import type { DeployToken, Life, Secret } from './life.ts';
import { DAY, HOUR, newKey, refusal, SECOND, success, told, type Chapter } from './turn.ts';

const SCOPES = [
  ['read_registry'],
  ['read_registry', 'write_registry'],
  ['write_registry'],
  ['read_repository'],
];

const GRACES = [undefined, 0, HOUR / SECOND, (2 * DAY) / SECOND];

const newSecret = (): Secret => ({ id: 0, text: null, ends: null });

/** Mostly one that is not revoked. */
function pickToken({ tokens }: Life, random: Random): DeployToken | null {
  const live = tokens.filter(({ revoked }) => !revoked);
  if (live.length > 0 && !random.oneIn(5)) return random.pick(live);
  return tokens.length === 0 ? null : random.pick(tokens);
}

export const createToken: Chapter = (life, random, now) => {
  const { project, tokens } = life;
  const scopes = random.pick(SCOPES);
  const ends = random.oneIn(2) ? null : now + random.between(HOUR, 10 * DAY);
  const step = { do: 'createToken', project: project.id, request: { scopes, expiresAt: ends } };
  if (project.gone) return refusal(step, 'not_found');
  const secret = newSecret();
  const state = { automatic: false, revoked: false, secrets: [secret] };
  const token: DeployToken = { id: 0, username: '', scopes, ends, ...state };
  tokens.push(token);
  return success(
    step,
    {},
    {
      fresh: { deploy: newKey(life, { kind: 'deploy', token, secret }) },
      learn: ({ id, secretIds }) => {
        token.id = told(id, 'the id of the token');
        secret.id = told(secretIds?.[0], 'the id of its secret');
      },
    },
  );
};

/** The old secret works until its grace ends, and one that is older still no more. */
function retire(secrets: readonly Secret[], graceEnds: number, now: number): void {
  for (const secret of secrets.slice(0, -1)) secret.ends = Math.min(secret.ends ?? now, now);
  const newest = secrets.at(-1);
  if (newest !== undefined) newest.ends = Math.min(newest.ends ?? graceEnds, graceEnds);
}

export const rotateToken: Chapter = (life, random, now) => {
  const { project, instance } = life;
  const token = pickToken(life, random);
  if (token === null) return null;
  const gracePeriod = random.pick(GRACES);
  const expiresAt = random.oneIn(4)
    ? random.pick([null, now + random.between(HOUR, 10 * DAY)])
    : undefined;
  const about = { tokenId: token.id, gracePeriod, expiresAt };
  const step = { do: 'rotateToken', project: project.id, ...about };
  if (project.gone) return refusal(step, 'not_found');
  const dead = token.revoked || (token.ends !== null && token.ends <= now);
  if (dead) return refusal(step, 'conflict');
  retire(token.secrets, now + (gracePeriod ?? instance.rotationGrace) * SECOND, now);
  const secret = newSecret();
  token.secrets.push(secret);
  if (expiresAt !== undefined) token.ends = expiresAt;
  const key = newKey(life, { kind: 'deploy', token, secret });
  return success(
    step,
    { ends: token.ends },
    {
      fresh: { deploy: key },
      learn: ({ secretId }) => {
        secret.id = told(secretId, 'the id of the new secret');
        secret.text = key.login?.[1] ?? null;
      },
    },
  );
};

export const endSecret: Chapter = (life, random, now) => {
  const token = pickToken(life, random);
  if (token === null) return null;
  const secret = random.pick(token.secrets);
  const { project } = life;
  const about = { tokenId: token.id, secretId: secret.id };
  const step = { do: 'endSecret', project: project.id, ...about };
  if (project.gone || !token.secrets.slice(-SECRETS_KEPT).includes(secret)) {
    return refusal(step, 'not_found');
  }
  if (secret === token.secrets.at(-1)) return refusal(step, 'conflict');
  secret.ends = Math.min(secret.ends ?? now, now);
  return success(step);
};

/** Changes nothing but who is reminded. */
export const setRotation: Chapter = (life, random) => {
  const token = pickToken(life, random);
  if (token === null) return null;
  const about = { tokenId: token.id, days: random.pick([null, 1, 90]) };
  const step = { do: 'setRotation', project: life.project.id, ...about };
  return life.project.gone ? refusal(step, 'not_found') : success(step);
};

export const revokeToken: Chapter = (life, random) => {
  const token = pickToken(life, random);
  if (token === null) return null;
  const step = { do: 'revokeToken', project: life.project.id, tokenId: token.id };
  if (life.project.gone) return refusal(step, 'not_found');
  revoke(life, token);
  return success(step);
};

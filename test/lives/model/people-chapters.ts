/** What happens to people and their personal access tokens. */
import type { Random } from '../random.ts';
import type { Key, Life, Pat } from './life.ts';
import { DAY, HOUR, newKey, refusal, success, told, type Chapter } from './turn.ts';

const SCOPES = [
  ['read_registry', 'self_rotate'],
  ['read_registry', 'write_registry', 'self_rotate'],
  ['read_api', 'self_rotate'],
  ['read_user', 'self_rotate'],
  ['api'],
];

/** A rotated token that says nothing of its end gets GitLab's week. */
const WEEK = 7 * DAY;

const over = ({ ends }: Pat, now: number): boolean => ends !== null && ends <= now;

export const createPat: Chapter = (life, random, now) => {
  const { pats } = life;
  const person = random.pick(life.people);
  const scopes = random.pick(SCOPES);
  const ends = random.oneIn(3) ? null : now + random.between(HOUR, 20 * DAY);
  const step = { do: 'createPat', userId: person.id, scopes, expiresAt: ends };
  if (person.blocked) return refusal(step, 'bad_request');
  const pat: Pat = { id: 0, person, scopes, ends, family: pats.length, revoked: false };
  pats.push(pat);
  return success(
    step,
    {},
    {
      fresh: { pat: newKey(life, { kind: 'pat', pat }) },
      learn: ({ id }) => (pat.id = told(id, 'the id of the token')),
    },
  );
};

function pickPat({ keys }: Life, random: Random): { readonly pat: Pat; readonly key: Key } | null {
  const all = keys.flatMap((key) =>
    key.owner.kind === 'pat' ? [{ pat: key.owner.pat, key }] : [],
  );
  return all.length === 0 ? null : random.pick(all);
}

/** Of a token that was exchanged before there are two holders: all that is live of its chain ends. */
function endFamily({ pats }: Life, family: number, now: number): void {
  for (const each of pats) if (each.family === family && !over(each, now)) each.revoked = true;
}

export const rotatePat: Chapter = (life, random, now) => {
  const picked = pickPat(life, random);
  if (picked === null) return null;
  const { pat: old, key } = picked;
  const step = { do: 'rotatePat', text: key.login?.[1] };
  if (old.revoked) endFamily(life, old.family, now);
  if (old.revoked || over(old, now) || old.person.blocked) return refusal(step, 'unauthorized');
  const { person, scopes, family } = old;
  const ends = now + WEEK;
  const pat: Pat = { id: 0, person, scopes, ends, family, revoked: false };
  old.revoked = true;
  life.pats.push(pat);
  return success(
    step,
    { ends },
    {
      fresh: { pat: newKey(life, { kind: 'pat', pat }) },
      learn: ({ id }) => (pat.id = told(id, 'the id of the token')),
    },
  );
};

export const revokePat: Chapter = (life, random) => {
  const picked = pickPat(life, random);
  if (picked === null) return null;
  picked.pat.revoked = true;
  return success({ do: 'revokePat', patId: picked.pat.id });
};

export const blockOrUnblock: Chapter = (life, random) => {
  const blocked = life.people.filter((each) => each.blocked);
  const person =
    blocked.length > 0 && !random.oneIn(3) ? random.pick(blocked) : random.pick(life.people);
  person.blocked = !person.blocked;
  const state = person.blocked ? 'blocked' : 'active';
  return success({ do: 'person', userId: person.id, state });
};

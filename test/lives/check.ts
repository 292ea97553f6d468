/** Holds what happened against what the model foretold. */
import type { Life } from './model/life.ts';
import { foretellLogin, type Admission } from './model/login.ts';
import type { Login } from './model/story.ts';
import type { Answer, Made, Turn } from './model/turn.ts';

type Done = (Answer & { readonly made?: Made }) | { readonly fault: string };

type Seen =
  | { readonly sub: string; readonly granted: readonly string[]; readonly seconds: number }
  | { readonly no: string }
  | { readonly refused: string }
  | { readonly fault: string };

/** What the process says of one life: of its step, and of the logins after it. */
export interface Lived {
  readonly done: Done;
  readonly seen: readonly Seen[];
}

/** In an order of keys that does not matter, and without what JSON does not carry. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function checkStep({ answer, fresh, learn }: Turn, done: Done): string | null {
  const { made = {}, ...said } = 'made' in done ? done : { ...done, made: undefined };
  const [foretold, happened] = [text(answer), text(said)];
  if (foretold !== happened) return `the step: foretold ${foretold}, but ${happened}`;
  if ('refused' in answer) return null;
  try {
    for (const [name, key] of Object.entries(fresh)) {
      const login = (made as Readonly<Record<string, typeof key.login>>)[name] ?? null;
      if (login === null) return `the step hands out no ${name}`;
      key.login = login;
    }
    learn(made);
    return null;
  } catch (error) {
    return `the step: ${(error as Error).message}`;
  }
}

function fits(foretold: Admission | null, seen: Seen | undefined, now: number): boolean {
  if (seen === undefined || foretold === null) return seen !== undefined && 'no' in seen;
  if (!('sub' in seen)) return false;
  if (seen.sub !== foretold.sub || text(seen.granted) !== text(foretold.granted)) return false;
  return foretold.ends === null || now + seen.seconds * 1000 <= foretold.ends;
}

function nameOf({ owner }: Login['key']): string {
  switch (owner.kind) {
    case 'deploy':
      return `secret ${owner.secret.id} of deploy token ${owner.token.id}`;
    case 'pat':
      return `personal access token ${owner.pat.id}`;
    default:
      return `${owner.kind} token of job ${owner.job.id}`;
  }
}

/** What came out otherwise than foretold, in words, or null; and how many logins were let in. */
export function checkTurn(
  life: Life,
  turn: Turn,
  logins: readonly Login[],
  lived: Lived | undefined,
  now: number,
): { readonly surprise: string | null; readonly admitted: number } {
  if (lived === undefined) return { surprise: 'the process says nothing', admitted: 0 };
  const surprise = checkStep(turn, lived.done);
  if (surprise !== null) return { surprise, admitted: 0 };
  let admitted = 0;
  for (const [index, { key, actions }] of logins.entries()) {
    const foretold = foretellLogin(life, key, actions, now);
    const seen = lived.seen[index];
    if (foretold !== null) admitted += 1;
    if (fits(foretold, seen, now)) continue;
    const login = `a login with the ${nameOf(key)} for ${actions.join(',')}`;
    return { surprise: `${login}: foretold ${text(foretold)}, but ${text(seen)}`, admitted };
  }
  return { surprise: null, admitted };
}

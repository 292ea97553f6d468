/** What happens next in a life, and who logs in after it. */
import type { Random } from '../random.ts';
import { changeStatus, eraseJob, heartbeat, startJob } from './job-chapters.ts';
import type { Key, Life } from './life.ts';
import { blockOrUnblock, createPat, revokePat, rotatePat } from './people-chapters.ts';
import {
  changeVisibility,
  deleteProject,
  switchAfterJob,
  switchAutomatic,
  switchJobs,
} from './project-chapters.ts';
import { createToken, endSecret, revokeToken, rotateToken, setRotation } from './token-chapters.ts';
import { revokeTurned, tryToPush } from './turned-chapters.ts';
import type { Chapter, Turn } from './turn.ts';

/** How often each comes, about, of a hundred. */
const CHAPTERS: readonly (readonly [weight: number, chapter: Chapter])[] = [
  [14, startJob],
  [5, heartbeat],
  [15, changeStatus],
  [1, eraseJob],
  [8, switchAfterJob],
  [4, changeVisibility],
  [4, switchAutomatic],
  [2, switchJobs],
  [5, createToken],
  [8, rotateToken],
  [3, endSecret],
  [1, setRotation],
  [3, revokeToken],
  [6, createPat],
  [6, rotatePat],
  [2, revokePat],
  [4, blockOrUnblock],
  [6, tryToPush],
  [1, revokeTurned],
  [1, deleteProject],
];

const HAT: readonly Chapter[] = CHAPTERS.flatMap(([weight, chapter]) =>
  Array.from({ length: weight }, () => chapter),
);

/** The model has taken the step when this returns. */
export function nextTurn(life: Life, random: Random, now: number): Turn {
  for (;;) {
    const turn = random.pick(HAT)(life, random, now);
    if (turn !== null) return turn;
  }
}

export interface Login {
  readonly key: Key;
  readonly actions: readonly string[];
}

const ACTIONS = [['pull'], ['pull'], ['pull'], ['pull', 'push'], ['pull', 'push', 'delete']];

/** Those of the step, and one more with whatever was ever handed out, the newest more often. */
export function someLogins(life: Life, turn: Turn, random: Random): Login[] {
  if (life.keys.length === 0) return [...turn.logins];
  const among = random.oneIn(2) ? life.keys.slice(-4) : life.keys;
  const login = { key: random.pick(among), actions: random.pick(ACTIONS) };
  return [...turn.logins, login];
}

/** Those of the step, and one with everything that was ever handed out. */
export function allLogins(life: Life, turn: Turn, random: Random): Login[] {
  return [...turn.logins, ...life.keys.map((key) => ({ key, actions: random.pick(ACTIONS) }))];
}

/** As `someLogins`, and a harmless one with everything else. */
export function everyLogin(life: Life, logins: readonly Login[]): Login[] {
  return [...logins, ...life.keys.map((key) => ({ key, actions: ['pull'] }))];
}

/**
 * The process that the lives of test/lives are lived in, and that is killed between their steps. It holds the real parts
 * over a data folder, keeps nothing of its own, and does what its parent sends:
 *
 *   {kind: 'load', dist}                  reads the program, so that opening is fast
 *   {kind: 'open', settings, now}         opens the parts over the folders of the settings
 *   {kind: 'settle', now, lives}          makes the people and the project of each life
 *   {kind: 'round', now, sweep, work}     for each life: one step, then logins, at the moment `now`
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { login } from './child-login.mjs';
import { loadCode, openHands } from './child-parts.mjs';
import { STEPS } from './child-steps.mjs';

const clock = { at: 0, now: () => clock.at };
let code;
let hands;

async function load({ dist }) {
  code = await loadCode((file) => import(pathToFileURL(join(dist, file)).href));
  return {};
}

async function open({ settings }) {
  hands = await openHands(code, { settings, clock });
  return {};
}

async function outcomeOf(act) {
  try {
    return await act();
  } catch (error) {
    return typeof error.code === 'string' ? { refused: error.code } : { fault: String(error) };
  }
}

/** The logins come after the step, one after the other, so that each sees what the ones before it did. */
async function live({ step, logins }) {
  const done = await outcomeOf(() => STEPS[step.do](hands, step));
  const seen = [];
  for (const each of logins) seen.push(await outcomeOf(() => login(hands, each, done.made)));
  return { done, seen };
}

const ANSWERS = {
  load,
  open,
  settle: ({ lives }) => hands.settle(lives),
  round: async ({ sweep, work }) => {
    if (sweep) await hands.sweep();
    return { results: await Promise.all(work.map(live)) };
  },
};

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  clock.at = message.now;
  ANSWERS[message.kind](message).then(
    (answer) => process.send(answer),
    (error) => process.send({ fault: error.stack }),
  );
});

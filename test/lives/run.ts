/** So many lives, in batches that two processes live side by side. */
import { liveBatch, STEPS, type Plan, type Surprise, type Told } from './batch.ts';
import { random } from './random.ts';

const BATCH = 1000;
const KILLS = 8;
const LANES = 2;
/** In one of so many batches, there is a kill between every two steps. */
const EVERY_STEP = 4;

const ALL_ROUNDS = new Set(Array.from({ length: STEPS - 1 }, (_, index) => index + 1));

function killsOf(seed: number, batch: number): ReadonlySet<number> {
  if (batch % EVERY_STEP === EVERY_STEP - 1) return ALL_ROUNDS;
  const dice = random(seed, batch, 4);
  const kills = new Set<number>();
  while (kills.size < KILLS) kills.add(dice.between(1, STEPS - 1));
  return kills;
}

function plansOf(seed: number, lives: number): Plan[] {
  return Array.from({ length: Math.ceil(lives / BATCH) }, (_, batch) => {
    const size = Math.min(BATCH, lives - batch * BATCH);
    const numbers = Array.from({ length: size }, (_each, index) => index);
    return { seed, batch, lives: numbers, kills: killsOf(seed, batch), thorough: false };
  });
}

/** Ends early where anything came out otherwise than foretold. */
export async function liveAll(seed: number, lives: number): Promise<Told> {
  const plans = plansOf(seed, lives);
  const told: Told[] = [];
  const lane = async (): Promise<void> => {
    while (told.every(({ surprises }) => surprises.length === 0)) {
      const plan = plans.shift();
      if (plan === undefined) return;
      told.push(await liveBatch(plan));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const sum = (count: (each: Told) => number): number =>
    told.reduce((total, each) => total + count(each), 0);
  return {
    lives: sum((each) => each.lives),
    steps: sum((each) => each.steps),
    logins: sum((each) => each.logins),
    admitted: sum((each) => each.admitted),
    kills: sum((each) => each.kills),
    surprises: told.flatMap(({ surprises }) => surprises),
  };
}

/** The life alone, logging in with everything after each step, so that it fails as early as it can. */
const alone = ({ plan, life }: Surprise, kills: Plan['kills']): Promise<Told> =>
  liveBatch({ ...plan, lives: [life], kills, thorough: true });

/** The shortest beginning of the life that fails, and whether it takes a kill. */
export async function describe(surprise: Surprise): Promise<string> {
  const { plan, life } = surprise;
  const { surprises: killed } = await alone(surprise, ALL_ROUNDS);
  const { surprises: quiet } = await alone(surprise, new Set());
  const shortest = [surprise, ...killed, ...quiet].reduce((a, b) => (b.round < a.round ? b : a));
  const kills =
    quiet.length > 0
      ? 'It fails without any kill, too.'
      : killed.length > 0
        ? 'Without a kill it does not fail.'
        : 'Alone it does not fail: it takes the company of the other lives.';
  return [
    `seed ${plan.seed}, batch ${plan.batch}, life ${life}, step ${shortest.round + 1}:`,
    shortest.text,
    kills,
    'The shortest beginning that fails:',
    ...shortest.story,
  ].join('\n  ');
}

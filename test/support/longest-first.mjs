/** Starts the suites first that take longest, so that none of them is left to one worker while the other has nothing to do. */
import { createRequire } from 'node:module';

// By `import`, the types of all of jest would come along for every script here.
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer');

const LONGEST = [
  'test/store/redis/endurance/single-kills.test',
  'test/store/redis/single.test',
  'test/cli/main.test',
  'test/lives/lives.test',
];

const rank = ({ path }) => {
  const found = LONGEST.findIndex((part) => path.includes(part));
  return found === -1 ? LONGEST.length : found;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}

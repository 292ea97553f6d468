import { expect } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../../../../src/store/ports.ts';
import { until } from '../../../support/redis/child.ts';
import type { Lane } from './lane.ts';
import type { Prepare } from './trial.ts';

/**
 * A read of what has stood for a while: its answer is the one that the onlooker gets, or none. A last use
 * that an earlier case noted may still arrive meanwhile, so what the onlooker gets now is right as well.
 */
export const reads =
  (ask: (store: Store, lane: Lane) => Promise<unknown>): Prepare =>
  async (lane) => {
    const wanted = await ask(lane.onlooker, lane);
    await until('both see the same', async () =>
      isDeepStrictEqual(await ask(lane.store, lane), wanted),
    );
    const right = async (answer: unknown): Promise<void> => {
      if (isDeepStrictEqual(answer, wanted)) return;
      expect(answer).toEqual(await ask(lane.onlooker, lane));
    };
    return {
      call: () => ask(lane.store, lane),
      right,
      afterwards: async () => right(await ask(lane.store, lane)),
    };
  };

/** A read of what the onlooker changes just before: it must not give what was. */
export const readsChanged =
  <Made>(
    change: (lane: Lane) => Promise<Made>,
    ask: (store: Store, made: Made) => Promise<unknown>,
  ): Prepare =>
  async (lane) => {
    const made = await change(lane);
    const wanted = await ask(lane.onlooker, made);
    return {
      call: () => ask(lane.store, made),
      right: (answer) => expect(answer).toEqual(wanted),
      afterwards: async () => expect(await ask(lane.store, made)).toEqual(wanted),
    };
  };

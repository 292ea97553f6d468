/**
 * The projects of many groups in order of id. Each group has its own in this order, so of each only the first ones are
 * looked at, and of most groups none once enough are found.
 */
import { setImmediate } from 'node:timers/promises';
import type { Position } from '../../listing.ts';
import type { Read } from '../reader.ts';
import { condition, type Condition } from './condition.ts';
import { compareIn } from './orders.ts';
import type { Asked, WindowSizes } from './walk.ts';
import type { Windows } from './window.ts';

/** Groups that are looked at in one go. */
const TURN = 500;

type GroupWalk = (groupIds: readonly number[], asked: Asked) => Promise<readonly Position[]>;

export function createGroupWalk(windows: Windows, read: Read, sizes: WindowSizes): GroupWalk {
  return async (groupIds, { stream, order, after, wanted }) => {
    let found: Position[] = [];
    let bound: readonly Condition[] = [];
    const left = groupIds.map((groupId) => ({ groupId, from: after }));
    const size = stream.filters.length === 0 ? wanted : sizes.largest;

    function trim(): void {
      found = found.toSorted(compareIn(order)).slice(0, wanted);
      const last = found.length < wanted ? undefined : found.at(-1);
      if (last) bound = [condition(`p.id ${order.descending ? '>' : '<'} ?`, last.id)];
    }

    function lookOn(): void {
      for (let cost = 0; cost < TURN;) {
        const next = left.pop();
        if (next === undefined) return;
        const { groupId, from } = next;
        const within = [condition('p.group_id = ?', groupId), ...stream.within, ...bound];
        const stretch = { kind: 'beyond', from } as const;
        const { matches, last } = windows.look({ ...stream, within }, order, stretch, size);
        for (const match of matches) found.push(match);
        if (found.length > wanted * 2) trim();
        if (last !== null) left.push({ groupId, from: last });
        cost += last === null ? 1 : TURN / 2;
      }
    }

    while (left.length > 0) {
      await read(lookOn);
      await setImmediate();
    }
    trim();
    return found;
  };
}

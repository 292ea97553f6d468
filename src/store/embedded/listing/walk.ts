/**
 * Walks a table in an order, from a position on, for records that fulfil conditions. What is looked at in one go is
 * bounded, so that a filter that lets nothing through costs the walk time, and nobody else.
 */
import { setImmediate } from 'node:timers/promises';
import type { Position } from '../../listing.ts';
import type { Read } from '../reader.ts';
import { inGroups } from './condition.ts';
import type { Order } from './orders.ts';
import { createGroupWalk } from './walk-groups.ts';
import type { Stream, Stretch, Windows } from './window.ts';

/** How many records are looked at in one go, at first and at last. */
export interface WindowSizes {
  readonly least: number;
  readonly largest: number;
}

export interface Asked {
  readonly stream: Stream;
  readonly order: Order;
  readonly after: Position | undefined;
  /** At most so many; may be Infinity. */
  readonly wanted: number;
}

export type Walk = (asked: Asked) => Promise<readonly Position[]>;

export function createWalk(windows: Windows, read: Read, sizes: WindowSizes): Walk {
  const walkGroups = createGroupWalk(windows, read, sizes);

  async function walkTable({ stream, order, after, wanted }: Asked): Promise<readonly Position[]> {
    const found: Position[] = [];
    const first = order.key === null || after === undefined ? 'beyond' : 'ties';
    let stretch: Stretch = { kind: first, from: after };
    let width = Math.min(Math.max(wanted * 2, sizes.least), sizes.largest);
    for (;;) {
      const at = stretch;
      const size = stream.filters.length === 0 ? wanted - found.length : width;
      const { matches, last } = await read(() => windows.look(stream, order, at, size));
      for (const match of matches) found.push(match);
      if (found.length >= wanted) return found.slice(0, wanted);
      if (last !== null) {
        stretch = { kind: order.key === null ? 'beyond' : 'ties', from: last };
        width = Math.min(width * 4, sizes.largest);
        await setImmediate();
      } else if (at.kind === 'ties') stretch = { kind: 'beyond', from: at.from };
      else return found;
    }
  }

  return async (asked) => {
    const { stream, order, after, wanted } = asked;
    const { ids, groupIds } = stream;
    if (ids !== undefined) return read(() => windows.among(ids, stream, order, after, wanted));
    if (groupIds === undefined) return walkTable(asked);
    if (order.key === null) return walkGroups(groupIds, asked);
    const filters = [...stream.filters, inGroups(groupIds)];
    return walkTable({ ...asked, stream: { ...stream, filters } });
  };
}

/** Instances as far as the quarantine knows them, with the real rule of what each may acknowledge. */
import { createStanding, type Standing } from '../../../../src/store/redis/history/standing.ts';
import type { ModelServer } from './model-server.ts';

export interface End {
  readonly name: string;
  /** When the job started. */
  readonly started: number;
  readonly by: ModelInstance;
}

export interface ModelInstance {
  readonly id: string;
  alive: boolean;
  /** Survives everything. */
  readonly journal: string[];
  /** The list lost its coming or its coming back, and it has not replayed since: the bound that remains. */
  forgotten: boolean;
  standing: Standing;
  claim: string;
  wants: { readonly replid: string; readonly round: string } | null;
}

export interface ModelWorld {
  readonly instances: readonly ModelInstance[];
  readonly acknowledged: readonly End[];
  start(at: number): void;
  kill(at: number): void;
  /** @param heard false: the reply is lost @param durable whether replicas had it */
  tick(at: number, heard: boolean, durable: boolean): Promise<void>;
  replay(at: number): Promise<void>;
  end(at: number): Promise<void>;
  leave(at: number): Promise<void>;
  failover(lost: number): Promise<void>;
}

/** @param trusts in place of the rule of what may be acknowledged */
export function modelWorld(
  server: ModelServer,
  count: number,
  trusts = (one: ModelInstance) => one.standing.trusts(server.replid),
): ModelWorld {
  const clock = { now: () => server.now };
  const standing = () => createStanding(clock, 1);
  const instances = Array.from({ length: count }, (_, index): ModelInstance => {
    const id = `i${index}`;
    const fresh = { alive: true, forgotten: false, claim: '', wants: null };
    return { id, journal: [], standing: standing(), ...fresh };
  });
  const acknowledged: End[] = [];
  const living = (at: number): ModelInstance | undefined => {
    const one = instances[at % count];
    return one?.alive === true ? one : undefined;
  };

  return {
    instances,
    acknowledged,
    start(at) {
      const one = instances[at % count];
      if (one !== undefined) one.alive = true;
    },
    kill(at) {
      const one = living(at);
      if (one !== undefined) {
        Object.assign(one, { alive: false, claim: '', wants: null, standing: standing() });
      }
    },
    async tick(at, heard, durable) {
      const one = living(at);
      if (one === undefined) return;
      const told = await server.presence({ id: one.id, ...saying(one) });
      if (!heard) return;
      one.standing.learn({ ...told, replicas: durable ? 1 : 0 }, server.now);
      one.wants = told.replayed ? null : { replid: told.replid, round: told.round };
    },
    async replay(at) {
      const one = living(at);
      if (!one?.wants || one.wants.replid !== server.replid) return;
      await server.store(one.journal);
      Object.assign(one, { claim: one.wants.round, wants: null, forgotten: false });
    },
    async end(at) {
      const one = living(at);
      if (one === undefined) return;
      const name = `e${acknowledged.length}-${server.now}-${one.id}`;
      one.journal.push(name);
      await server.store([name]);
      if (!trusts(one)) return;
      acknowledged.push({ name, started: server.now, by: one });
    },
    async leave(at) {
      const one = living(at);
      if (one === undefined) return;
      await server.presence({ id: one.id, leaving: true, ...saying(one) });
      Object.assign(one, { alive: false, claim: '', wants: null, standing: standing() });
    },
    async failover(lost) {
      const gone = await server.failover(lost);
      const { awaited: listed } = await server.look();
      for (const one of instances)
        if (gone.has(one.id) && !listed.has(one.id)) one.forgotten = true;
    },
  };
}

const saying = (one: ModelInstance) => ({ claim: one.claim, known: one.standing.known() });

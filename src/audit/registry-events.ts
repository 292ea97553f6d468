/**
 * Brings what registries tell into the audit stream, joined with who it was here, and raises an alarm where a job pushed
 * that has ended.
 */
import { shown, type Audit } from '../audit.ts';
import { storeUnavailable } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Target } from './events.ts';
import { createIssuedTokens } from './issued-tokens.ts';
import { join, projectsOf, type JoinDeps, type Joined, type Projects } from './join-event.ts';
import { createLateWrites } from './late-writes.ts';
import {
  typeOf,
  type RegistryAction,
  type RegistryAlert,
  type RegistryEvent,
} from './registry-event.ts';
import { createSeenEvents } from './seen-events.ts';
import type { Trail } from './trail.ts';

export interface RecordedEvents {
  readonly recorded: number;
  /** Were in the stream already. */
  readonly known: number;
}

/**
 * Resolves once every event is in the audit stream. Rejects with `store_unavailable` where one is not: those that are
 * will be known when the notification comes again.
 *
 * @param requestId of the notification
 */
export type RecordRegistryEvents = (
  events: readonly RegistryEvent[],
  requestId: string | null,
) => Promise<RecordedEvents>;

export interface RegistryEvents {
  /** Is to hear of every token, so that an event can be joined with the token that was used. */
  readonly listener: Audit;
  readonly record: RecordRegistryEvents;
}

export interface RegistryEventsDeps extends Omit<JoinDeps, 'issued'> {
  readonly told: Trail['told'];
  /** Of events that an earlier run recorded, the newest first. */
  readonly earlierIds: () => Promise<readonly string[]>;
  readonly log: Logger;
  /** Of a registry token, in seconds. */
  readonly longestLife: number;
  readonly count: (action: RegistryAction, alert: RegistryAlert) => void;
}

export function createRegistryEvents(deps: RegistryEventsDeps): RegistryEvents {
  const seen = createSeenEvents({ earlier: deps.earlierIds });
  const lateWrites = createLateWrites(deps);
  const issued = createIssuedTokens(deps.clock);
  const joining: JoinDeps = { ...deps, issued };

  async function write(joined: Joined, projects: Projects): Promise<boolean> {
    const { event, origin, details } = joined;
    const id = projects.get(event.repository)?.projectId ?? null;
    const target: Target = { kind: 'project', id, path: shown(event.repository) };
    const late = lateWrites(joined);
    const kept = await Promise.all([
      deps.told(typeOf(event.action), target, origin, details),
      ...(late.event === null ? [] : [deps.told(...late.event)]),
    ]);
    const all = kept.every(Boolean);
    if (all) deps.count(event.action, late.alert);
    return all;
  }

  const record: RecordRegistryEvents = async (events, requestId) => {
    const projects = await projectsOf(joining, events);
    const outcomes = await Promise.all(
      events.map((event) =>
        seen.once(event.id, async () =>
          write(await join(joining, event, projects, requestId), projects),
        ),
      ),
    );
    const count = (wanted: string): number => outcomes.filter((each) => each === wanted).length;
    const lost = count('lost');
    if (lost > 0) throw storeUnavailable(`${lost} events are not in the audit stream`);
    return { recorded: count('recorded'), known: count('known') };
  };
  return { listener: issued.listener, record };
}

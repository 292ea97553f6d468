/** An event of a registry, joined with what is known here: whose token it was, whose repository, which credentials. */
import { shown } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/ports.ts';
import type { Origin } from './changes.ts';
import type { Details } from './events.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { findActor, type ActorStore, type RegistryActor } from './registry-actor.ts';
import type { RegistryEvent } from './registry-event.ts';

export interface JoinDeps {
  readonly store: ActorStore & { readonly directory: Pick<Store['directory'], 'facts'> };
  readonly issued: IssuedTokens;
  readonly clock: Clock;
}

/** What a registry lets be a name; nothing else can be a project's. */
const NAME = /^[a-z0-9._/-]{1,255}$/;
/** Ids of tokens in one event. */
const MOST = 10;

/** By repository. */
export type Projects = ReadonlyMap<string, { readonly projectId: number }>;

export async function projectsOf(
  deps: JoinDeps,
  events: readonly RegistryEvent[],
): Promise<Projects> {
  const names = new Set(events.map(({ repository }) => repository));
  const repositories = [...names].filter((name) => NAME.test(name));
  if (repositories.length === 0) return new Map();
  const { directory } = deps.store;
  const now = deps.clock.now();
  return directory.facts({ repositories, userId: null, homeProjectId: null, now });
}

function detailsOf(event: RegistryEvent, at: number): Details {
  return {
    event_id: event.id,
    happened_at: new Date(at).toISOString(),
    action: event.action,
    repository: shown(event.repository),
    tag: shown(event.tag),
    digest: shown(event.digest),
    ...(event.fromRepository !== null && { from_repository: shown(event.fromRepository) }),
    actor: shown(event.actor),
    user_agent: shown(event.userAgent),
    registry: shown(event.registry),
    registry_request: shown(event.requestId),
  };
}

export interface Joined {
  readonly event: RegistryEvent;
  /** Milliseconds. */
  readonly at: number;
  readonly actor: RegistryActor;
  readonly origin: Origin;
  readonly details: Details;
}

export async function join(
  deps: JoinDeps,
  event: RegistryEvent,
  projects: Projects,
  requestId: string | null,
): Promise<Joined> {
  const now = deps.clock.now();
  // A registry whose clock is fast did not see the future.
  const at = Math.min(event.at ?? now, now);
  const needed = event.action === 'mount' ? 'push' : event.action;
  const tokens = deps.issued.matching(event.actor, needed, event.repository, at).slice(-MOST);
  const ids = [...new Set(tokens.flatMap(({ tokenId }) => tokenId ?? []))];
  const project = projects.get(event.repository)?.projectId ?? null;
  const homes = [project, deps.issued.projectOf(event.actor)];
  const only = ids.length === 1 ? (ids[0] ?? null) : null;
  const actor = await findActor(deps.store, event.actor, homes, only);
  const details = {
    ...detailsOf(event, at),
    ...actor.details,
    ...(actor.author.kind === 'user' && { token_ids: ids }),
    jtis: tokens.map(({ jti }) => jti),
    project_ids: project === null ? [] : [project],
  };
  const origin = { author: actor.author, ip: event.ip, requestId };
  return { event, at, actor, origin, details };
}

/** How a change gets into the audit stream: one call, after it has happened. */
import type { Author, ChangeType, Details, Target } from './events.ts';

/** Who changes something, and from where. */
export interface Origin {
  readonly author: Author;
  readonly ip: string | null;
  readonly requestId: string | null;
}

/**
 * Writes one event. Never throws, never waits. `details` hold ids, names and settings; never a secret, a hash of one,
 * or a text that may hold one. `project_id`, `job_id` and `user_id` in them are what a search finds the event by.
 */
export type RecordChange = (type: ChangeType, target: Target, details?: Details) => void;

export interface Changes {
  /** For what happens outside the REST API; a handler there has `request.audit`, with all this in it. */
  by(origin: Origin): RecordChange;
  /** What wharfpass does by itself. */
  readonly bySystem: RecordChange;
}

/** The audit stream as the settings want it. */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { createFileSink } from './file-sink.ts';
import { createLogSink } from './log-sink.ts';
import { recentEventIds } from './recent-event-ids.ts';
import { createSearch, type SearchEvents } from './search.ts';
import { SEEN_LIMIT } from './seen-events.ts';
import { createTrail, type Trail } from './trail.ts';

export interface AuditStream extends Trail {
  /** null: there are no files to search. */
  readonly search: SearchEvents | null;
  /** Ids of the events of registries that the files hold, the newest first; of the older files not all. */
  readonly registryEventIds: () => Promise<readonly string[]>;
  /** Events that no file has, since the start. */
  readonly lost: () => number;
}

export interface OpenAuditOptions {
  /** As the section `audit` of the settings says. */
  readonly settings: {
    readonly file: boolean;
    /** MB */
    readonly max_size: number;
    readonly keep: number;
    readonly stdout: boolean;
  };
  readonly dataDir: string;
  readonly instance: string | null;
  readonly clock: Clock;
  readonly log: Logger;
}

const MB = 1_048_576;

/** Opens nothing yet: a disk that refuses is no reason not to serve. */
export function openAudit({
  settings,
  dataDir,
  instance,
  clock,
  log,
}: OpenAuditOptions): AuditStream {
  const folder = join(dataDir, 'audit');
  let lost = 0;
  const onLost = (count: number): void => void (lost += count);
  const { keep, max_size: size } = settings;
  const files = { folder, maxSize: size * MB, keep, clock, log, onLost };
  const sinks = [
    ...(settings.file ? [createFileSink(files)] : []),
    ...(settings.stdout ? [createLogSink(log)] : []),
  ];
  const trail = createTrail({ clock, instance, sinks });
  const search = settings.file ? createSearch({ folder, settled: trail.settled }) : null;
  const registryEventIds = async (): Promise<readonly string[]> => {
    if (!settings.file) return [];
    await trail.settled();
    return recentEventIds({ folder, limit: SEEN_LIMIT });
  };
  return { ...trail, registryEventIds, search, lost: () => lost };
}

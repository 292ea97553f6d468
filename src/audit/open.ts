/** The audit stream as the settings want it. */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { createFileSink } from './file-sink.ts';
import { createLogSink } from './log-sink.ts';
import { createSearch, type SearchEvents } from './search.ts';
import { createTrail, type Trail } from './trail.ts';

export interface AuditStream extends Trail {
  /** null: there are no files to search. */
  readonly search: SearchEvents | null;
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
  return { ...trail, search, lost: () => lost };
}

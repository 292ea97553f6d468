import type { JobRecord } from '../../records.ts';
import type { Journal } from '../journal/journal.ts';

/** The job as this instance knows it to be: one whose end was noted here has ended, whatever Redis says. */
export function createDenial(journal: Journal): (job: JobRecord) => JobRecord {
  return (job) => {
    if (job.finishedAt !== null) return job;
    const end = journal.denialOfJob(job);
    if (end === null) return job;
    return { ...job, status: end.status, gen: job.gen + 1, finishedAt: end.at };
  };
}

export type AsDenied = ReturnType<typeof createDenial>;

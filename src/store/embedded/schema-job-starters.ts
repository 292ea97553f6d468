/** Version 5: who started a job. */
export const JOB_STARTERS_5 = `
-- The user whose token asked for it. NULL: nobody wrote it down.
ALTER TABLE jobs ADD COLUMN started_by INTEGER;
`;

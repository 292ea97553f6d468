/** Milliseconds that a verb of several calls may take in all. */
export const VERB_LIMIT = 450;

/** `work`, or a rejection with what `late` gives once `limit` ms have passed; the work goes on meanwhile. */
export async function within<T>(limit: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limit);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

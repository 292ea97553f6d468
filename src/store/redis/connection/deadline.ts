/** One timer for many calls that all have the same time limit: the oldest is always the next to run out. */
export interface Deadlines<T> {
  add(item: T): void;
  delete(item: T): void;
  clear(): void;
}

/**
 * @param limit milliseconds
 * @param passed called for each item that was not deleted in time, which is deleted then
 */
export function createDeadlines<T>(limit: number, passed: (item: T) => void): Deadlines<T> {
  const ends = new Map<T, number>();
  let timer: NodeJS.Timeout | undefined;

  function sweep(): void {
    timer = undefined;
    const now = performance.now();
    for (const [item, end] of ends) {
      if (end > now) {
        timer = arm(Math.ceil(end - now));
        return;
      }
      ends.delete(item);
      passed(item);
    }
  }

  /** After a pause of the process itself the answers may lie in the socket unread: they are read before this runs. */
  const arm = (wait: number): NodeJS.Timeout => setTimeout(() => setImmediate(sweep), wait);

  return {
    add(item) {
      ends.set(item, performance.now() + limit);
      timer ??= arm(limit);
    },
    delete: (item) => void ends.delete(item),
    clear() {
      clearTimeout(timer);
      timer = undefined;
      ends.clear();
    },
  };
}

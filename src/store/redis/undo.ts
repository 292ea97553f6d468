/** What was opened is closed in the opposite order, also where a start fails in the middle. */
export interface Undo {
  add(step: () => Promise<void>): void;
  /** Takes every step, whatever the others come to, and rejects with the first error. */
  run(): Promise<void>;
}

export function createUndo(): Undo {
  const steps: (() => Promise<void>)[] = [];
  return {
    add: (step) => void steps.unshift(step),
    run: async () => {
      const errors: unknown[] = [];
      for (const step of steps.splice(0)) {
        await step().catch((error: unknown) => void errors.push(error));
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}

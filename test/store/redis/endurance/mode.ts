/**
 * Usually a sample of the faults is made; `npm run test:long` takes as many as the promises are about.
 * WHARFPASS_TEST_LONG is the share of these that is wanted: 1 for all, 0.1 for a tenth.
 */
const share = Number(process.env['WHARFPASS_TEST_LONG'] ?? 0);

export const inMode = <T>(short: T, long: T): T => (share > 0 ? long : short);

/** How many of something, in the two modes. */
export const countInMode = (short: number, long: number): number =>
  share > 0 ? Math.ceil(long * share) : short;

/** What a run has shown, for whoever reads its output. */
export function report(what: string, figures: Readonly<Record<string, number>>): void {
  const parts = Object.entries(figures).map(
    ([name, value]) => `${Math.round(value * 100) / 100} ${name}`,
  );
  process.stderr.write(`${what}: ${parts.join(', ')}\n`);
}

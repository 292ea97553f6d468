import { Counter, type Registry } from 'prom-client';
import {
  COUNTED_CREDENTIALS,
  TOKEN_OUTCOMES,
  type CountedCredential,
  type CountTokenRequest,
  type TokenOutcome,
} from './ports.ts';
import { createDurations, registerDurations, type Durations } from './tally.ts';

interface Requests {
  readonly durations: Durations;
  readonly outcomes: Record<TokenOutcome, number>;
}

function startCounting(): Requests {
  const zeros = TOKEN_OUTCOMES.map((outcome) => [outcome, 0]);
  return { durations: createDurations(), outcomes: Object.fromEntries(zeros) as never };
}

/** Every series is there from the start, at zero: none can be added, and a rate sees the first request of its kind. */
export function registerTokenRequests(registry: Registry): CountTokenRequest {
  const requests = Object.fromEntries(
    COUNTED_CREDENTIALS.map((credential) => [credential, startCounting()]),
  ) as Record<CountedCredential, Requests>;

  const counter = new Counter({
    name: 'wharfpass_token_requests_total',
    help: 'Requests for a token, by what became of them and what credential they brought.',
    labelNames: ['outcome', 'credential'],
    registers: [registry],
    collect() {
      counter.reset();
      for (const credential of COUNTED_CREDENTIALS) {
        for (const outcome of TOKEN_OUTCOMES) {
          counter.inc({ outcome, credential }, requests[credential].outcomes[outcome]);
        }
      }
    },
  });
  registerDurations(
    registry,
    {
      name: 'wharfpass_token_request_duration_seconds',
      help: 'Time from a read request line to the answer, by credential.',
    },
    () =>
      COUNTED_CREDENTIALS.map(
        (credential) => [{ credential }, requests[credential].durations] as const,
      ),
  );

  return (outcome, credential, ms) => {
    const { outcomes, durations } = requests[credential];
    outcomes[outcome]++;
    durations.observe(ms);
  };
}

/** Three clocks: the registry's, the token server's, and the one of this machine. */
import { found, well, type Finding } from './finding.ts';
import type { GivenToken } from './check-token.ts';

const step = 'clock';

/** Seconds that a Distribution registry allows (registry/auth/token/token.go, Leeway); zot allows none. */
const LEEWAY = 60;
/** Seconds: what two synchronised clocks and whole seconds in headers may differ by. */
const DRIFT = 5;

export interface Clocks {
  /** The Date header of the registry, in milliseconds since the epoch; null where it sends none. */
  readonly registry: number | null;
  /** Ours at that moment. */
  readonly own: number;
}

/** An HTTP date (RFC 9110 section 5.6.7) in milliseconds since the epoch. */
export function readDate(header: string | undefined): number | null {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? null : time;
}

export function judgeClocks({ registry, own }: Clocks, token: GivenToken | null): Finding[] {
  if (registry === null) return [];
  const findings: Finding[] = [];
  const ours = (own - registry) / 1000;
  if (Math.abs(ours) > LEEWAY) {
    findings.push(
      found(
        step,
        'own_clock',
        `The clock of this machine is ${inWords(ours)} the registry's.`,
        'Set the clock of this machine (NTP); clients with such a clock drop good tokens or keep dead ones.',
      ),
    );
  }
  // The registry's time when the token came, by the pace of our own clock.
  const then = token === null ? null : token.at - (own - registry);
  const seen = token === null || then === null ? null : judgeTokenTimes(token, then / 1000);
  if (seen !== null) findings.push(seen);
  return findings.length > 0
    ? findings
    : [well(step, 'Registry, token server and this machine agree.')];
}

/** @param registry seconds since the epoch */
function judgeTokenTimes({ text, expiresIn }: GivenToken, registry: number): Finding | null {
  if (text === null) return null;
  const from = Math.max(text.issuedAt ?? 0, text.notBefore ?? 0);
  if (from > registry + LEEWAY) return difference(from - registry);
  if (text.expiresAt !== null && text.expiresAt < registry - LEEWAY) {
    return difference(text.expiresAt - (expiresIn ?? 0) - registry);
  }
  if (text.expiresAt === null || expiresIn === null) return null;
  const drift = text.expiresAt - expiresIn - registry;
  // Beyond the leeway the times in the token would have shown it: then it is expires_in that is not true.
  const credible = Math.abs(drift) <= LEEWAY && text.expiresAt - expiresIn >= from;
  if (Math.abs(drift) <= DRIFT || !credible) return null;
  return found(
    step,
    'clock_drift',
    `The token server's clock is ${inWords(drift)} the registry's. Distribution allows ${LEEWAY} s, zot nothing.`,
    'Synchronise both clocks (NTP). Until then token.clock_skew of wharfpass bridges a registry that is behind.',
  );
}

function difference(seconds: number): Finding {
  return found(
    step,
    'clock_difference',
    `The token server's clock is at least ${inWords(seconds)} the registry's, which therefore refuses every token as ${seconds > 0 ? 'not good yet' : 'ended'}.`,
    'Set the clocks of both machines right (NTP).',
  );
}

function inWords(seconds: number): string {
  const size = Math.abs(Math.round(seconds));
  const text = size < 120 ? `${size} s` : `${Math.round(size / 60)} minutes`;
  return `${text} ${seconds > 0 ? 'ahead of' : 'behind'}`;
}

/** The way to registry and realm, and what is said where it is broken. */
import { endsSoon, noAnswer, type Party } from './check-network.ts';
import type { Answer, Request, Send } from './exchange.ts';
import type { Finding } from './finding.ts';
import type { TroubleKind } from './trouble.ts';

export interface Line {
  readonly send: Send;
  /** Go on in spite of certificates that nobody vouches for, and over plain HTTP. */
  readonly insecure: boolean;
  /** From now on the certificate of this origin is not verified. */
  goOnWith(origin: string): void;
}

export interface Reached {
  /** null: there was none, and the findings say why. */
  readonly answer: Answer | null;
  readonly findings: readonly Finding[];
}

const CERTIFICATE: readonly TroubleKind[] = [
  'tls_unknown_authority',
  'tls_expired',
  'tls_wrong_host',
];

export async function reach(line: Line, party: Party, request: Request): Promise<Reached> {
  const exchange = await line.send(request);
  if (exchange.kind === 'answer') {
    const soon = endsSoon(party, exchange);
    return { answer: exchange, findings: soon === null ? [] : [soon] };
  }
  const trouble = noAnswer(party, exchange);
  if (!line.insecure || !CERTIFICATE.includes(exchange.trouble)) {
    return { answer: null, findings: [trouble] };
  }
  line.goOnWith(request.url.origin);
  const again = await line.send(request);
  return { answer: again.kind === 'answer' ? again : null, findings: [trouble] };
}

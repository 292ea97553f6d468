/** What wharfpass says of itself at /readyz. */
import type { Answer } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { jsonOf, quote } from './quote.ts';

const step = 'server';

/** Null if the answer is not that of a wharfpass, whose /readyz may be shut to the outside. */
export function judgeReadiness(answer: Answer): Finding | null {
  const body = jsonOf(answer);
  const credentials = body?.['credentials'];
  if (body === null || typeof credentials !== 'object' || credentials === null) return null;
  const kinds = Object.entries(credentials as Record<string, unknown>);
  const served = kinds.filter(([, is]) => is === true).map(([kind]) => kind);
  const refused = kinds.filter(([, is]) => is !== true).map(([kind]) => kind);
  const list = `It serves ${served.join(', ') || 'nobody'}${refused.length > 0 ? `; not ${refused.join(', ')}` : ''}.`;
  const why = reasons(body['why']);
  if (body['status'] === 'unavailable') {
    return found(
      step,
      'server_not_ready',
      `wharfpass is not ready: it can give no token at all.${why}`,
      'See its log and `wharfpass check` on its machine: a signing key has to be valid, and the store within reach.',
    );
  }
  if (body['status'] === 'degraded') {
    const remedy =
      'See its log: what it needs for the others is away (docs/redis.md, who is served).';
    return found(step, 'server_degraded', `wharfpass serves only some: ${list}${why}`, remedy);
  }
  return well(step, `wharfpass is ready. ${list}`);
}

function reasons(why: unknown): string {
  if (typeof why !== 'object' || why === null) return '';
  const texts = new Set(Object.values(why as Record<string, unknown>).map(String));
  return ` Why: ${quote([...texts].join('; '))}.`;
}

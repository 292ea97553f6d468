/** A token, and the answer that it came in, as clients and registries read them. */
import type { Answer } from './exchange.ts';
import { found, well, type Finding } from './finding.ts';
import { jsonOf } from './quote.ts';
import { readToken, type TokenText } from './token-text.ts';

const step = 'token';

export interface GivenToken {
  /** Never printed. */
  readonly raw: string;
  /** Null where it is no JWT. */
  readonly text: TokenText | null;
  /** Seconds that the answer says it lives; null where it says nothing. */
  readonly expiresIn: number | null;
  /** By our clock, in milliseconds since the epoch. */
  readonly at: number;
}

/** The token of a 200; null where there is none. */
export function tokenOf(answer: Answer): GivenToken | null {
  const body = jsonOf(answer);
  const raw = body?.['token'] ?? body?.['access_token'];
  if (answer.status !== 200 || typeof raw !== 'string' || raw === '') return null;
  if (/[^\x21-\x7e]/.test(raw)) return null;
  const seconds = body?.['expires_in'];
  const expiresIn = typeof seconds === 'number' ? seconds : null;
  return { raw, text: readToken(raw), expiresIn, at: answer.at };
}

/** Bytes: beyond this one header line does not fit through common proxies (8 KiB for the whole line). */
const LONG = 7168;
/** Seconds: registry clients take a shorter life for this one (Distribution, registry/client/auth). */
const LEAST_LIFE = 60;
/** Seconds: a push of one big layer through a slow line takes longer. */
const SCANT_LIFE = 180;

export function judgeToken(token: GivenToken, service: string | null): Finding[] {
  const { raw, text } = token;
  if (text === null) {
    const remedy =
      'Registries of the Distribution kind need a JWT. Nothing more can be said of this one.';
    return [
      found(
        step,
        'token_unreadable',
        'The token is no JWT, so only the registry can read it.',
        remedy,
      ),
    ];
  }
  const faults = [...judgeAudience(text, service), ...judgeLife(token, text)];
  if (raw.length > LONG) {
    faults.push(
      found(
        step,
        'token_too_long',
        `The token has ${raw.length} bytes; proxies drop a header line of more than 8192.`,
        'Ask for fewer repositories at once, set token.max_size of wharfpass, and raise the limit of the proxy (nginx: large_client_header_buffers).',
      ),
    );
  }
  if (faults.length > 0) return faults;
  const life = text.expiresAt === null ? null : text.expiresAt - Math.floor(token.at / 1000);
  const key = text.hasChain ? 'with its certificate chain' : `by key id ${text.kid ?? '(none)'}`;
  const sentence = `${raw.length} bytes, ${text.algorithm ?? 'no alg'} ${key}, of ${text.issuer ?? 'nobody'} for ${String(text.audience)}, good for ${token.expiresIn ?? life ?? '?'} s.`;
  return [well(step, sentence)];
}

function judgeAudience({ audience }: TokenText, service: string | null): Finding[] {
  if (Array.isArray(audience)) {
    const sentence =
      'The token names its audience in a list. Distribution 2 refuses that; 3 takes it.';
    return [
      found(step, 'audience_list', sentence, 'Have the token server write aud as one string.'),
    ];
  }
  if (service === null || audience === service) return [];
  return [
    found(
      step,
      'service_mismatch',
      `The registry is the service ${service}, and the token is for ${String(audience)}: the registry refuses it.`,
      `Make auth.token.service of the registry and a name in services of wharfpass the same. A token server that always signs for one name must be told of this one.`,
    ),
  ];
}

function judgeLife({ expiresIn, at }: GivenToken, text: TokenText): Finding[] {
  if (text.expiresAt === null) return [];
  const written = text.issuedAt === null ? null : text.expiresAt - text.issuedAt;
  const life = expiresIn ?? written ?? text.expiresAt - at / 1000;
  if (life < LEAST_LIFE) {
    return [
      found(
        step,
        'token_life_short',
        `The token lives ${Math.max(0, Math.round(life))} s. Clients take any life below ${LEAST_LIFE} s for ${LEAST_LIFE}, and go on with a dead token.`,
        'Have the token server give tokens of several minutes (token.ttl of wharfpass). A credential that is about to end also shortens them.',
      ),
    ];
  }
  if (expiresIn !== null && written !== null && expiresIn > written + 5) {
    return [
      found(
        step,
        'token_life_untrue',
        `The answer says that the token lives ${expiresIn} s, and the token itself ends after ${written} s: clients hold on to it too long.`,
        'Have the token server say expires_in as it is.',
      ),
    ];
  }
  if (life >= SCANT_LIFE) return [];
  return [
    found(
      step,
      'token_life_scant',
      `The token lives ${Math.round(life)} s. A big layer, or a proxy that keeps uploads back, takes longer, and the push then ends with "authentication required".`,
      'Set token.ttl of wharfpass to 300 for pull and 900 for push, or use a credential that does not end so soon.',
    ),
  ];
}

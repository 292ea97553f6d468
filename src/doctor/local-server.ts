/** The wharfpass whose settings and keys lie on this machine, and whether it is the one behind the realm. */
import type { X509Certificate } from 'node:crypto';
import type { Demand } from './check-registry.ts';
import { found, well, type Finding } from './finding.ts';

export interface LocalServer {
  readonly issuer: string;
  /** Names. */
  readonly services: readonly string[];
  readonly publicUrl: string | undefined;
  /** Bytes. */
  readonly maxTokenSize: number;
  /** `ca.crt` of the keys folder. */
  readonly authority: X509Certificate | null;
}

/** @param shown the authority that the wharfpass behind the realm shows; null where it shows none */
export function judgeLocal(
  local: LocalServer | null,
  { service }: Demand,
  shown: X509Certificate | null,
): Finding[] {
  if (local === null || local.authority === null || shown === null) return [];
  if (local.authority.fingerprint256 !== shown.fingerprint256) {
    return [
      found(
        'server',
        'other_server',
        'The wharfpass behind the realm has another authority (ca.crt) than the one of the settings here.',
        'Run the doctor with the settings of that one, or from elsewhere. If they should be one, give both the same keys_dir, or correct auth.token.realm.',
      ),
    ];
  }
  const known = service === null || local.services.includes(service);
  const about = known ? '' : `, and does not list the service ${service}`;
  const sentence = `It is the one of the settings here: issuer ${local.issuer}, CA ${shown.fingerprint256.slice(0, 23)}…${about}.`;
  return [well('server', sentence)];
}

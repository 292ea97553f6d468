/** What a service's registry cannot work with, as its `registry` says. */
import type { Finding } from './explain-issue.ts';
import type { Settings } from './schema.ts';

type Services = Settings['services'];

/** Distribution 2 verifies neither of them, and does not even start with an Ed25519 certificate in its bundle. */
const NEWER_ALGORITHMS: readonly string[] = ['PS256', 'EdDSA'];

export function crossCheckRegistries({ services, service, signing }: Settings): Finding[] {
  return [
    ...algorithm(signing.algorithm, withDefault(services, service)),
    ...Object.entries(services).flatMap(([name, { header, registry }]) =>
      headerForm(name, header, registry),
    ),
  ];
}

/** The default service exists also where nothing is said of it. */
function withDefault(services: Services, service: string): Record<string, string> {
  const kinds = Object.entries(services).map(([name, { registry }]) => [name, registry] as const);
  return { [service]: 'any', ...Object.fromEntries(kinds) };
}

function algorithm(wanted: string, kinds: Readonly<Record<string, string>>): Finding[] {
  if (!NEWER_ALGORITHMS.includes(wanted)) return [];
  const unable = Object.entries(kinds).filter(
    ([, kind]) => kind !== 'distribution-3' && kind !== 'zot',
  );
  if (unable.length === 0) return [];
  const names = unable.map(([name, kind]) => `"${name}" is ${kind}`).join(', ');
  const text =
    `${wanted} is verified by Distribution 3 and zot only, and of the services ${names}; set it to ES256, or ` +
    `services.<name>.registry to distribution-3 or zot where that is so`;
  return [{ path: ['signing', 'algorithm'], text }];
}

function headerForm(name: string, header: string, registry: string): Finding[] {
  const path = ['services', name, 'header'];
  if (header === 'kid-libtrust' && registry === 'distribution-3') {
    const text = 'Distribution 3 knows no libtrust key ids; set it to x5c, or kid-jwks';
    return [{ path, text }];
  }
  if (header === 'kid-jwks' && registry === 'distribution-2') {
    const text = 'Distribution 2 reads no jwks; set it to x5c, or kid-libtrust';
    return [{ path, text }];
  }
  return [];
}

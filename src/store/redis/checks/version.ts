/** Which servers are too old, and which have holes that are known. */
import type { DataServer } from './deployment.ts';
import type { Finding } from './finding.ts';

/** From here on a script can say by flags what may run it. */
const OLDEST = [7, 0, 0];

interface Hole {
  readonly name: string;
  readonly what: string;
  readonly onlyTls: boolean;
  /** The first versions without it, one for each line that was mended. */
  readonly mended: Readonly<Record<'redis' | 'valkey', readonly string[]>>;
}

/** From the CVE records and the release notes of the products. */
const HOLES: readonly Hole[] = [
  {
    name: 'CVE-2025-49844',
    what: 'whoever may run scripts can take the server over',
    onlyTls: false,
    mended: {
      redis: ['7.2.11', '7.4.6', '8.0.4', '8.2.2'],
      valkey: ['7.2.11', '8.0.6', '8.1.4'],
    },
  },
  {
    name: 'CVE-2026-81934',
    what: 'whoever reaches its TLS port can take the server over, without a password',
    onlyTls: true,
    mended: { redis: ['8.2.9', '8.4.6', '8.6.6', '8.8.2', '8.10.1'], valkey: [] },
  },
];

type Numbers = readonly number[];

const numbersOf = (version: string): Numbers =>
  version.split('.').map((part) => Number.parseInt(part, 10) || 0);

function isBefore(a: Numbers, b: Numbers): boolean {
  for (const [index, number] of b.entries()) {
    const difference = (a[index] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Lines are those of the first two numbers. One without a mended version of its own is as good as its age. */
function hasHole(version: Numbers, mended: readonly string[]): boolean {
  const fixes = mended.map(numbersOf);
  const own = fixes.find((fix) => fix[0] === version[0] && fix[1] === version[1]);
  const newest = fixes.at(-1);
  return newest !== undefined && isBefore(version, own ?? newest);
}

export function checkVersion({ name, info }: DataServer, tls: boolean): Finding[] {
  const valkey = info.get('valkey_version');
  const product = valkey === undefined ? 'redis' : 'valkey';
  const text = valkey ?? info.get('redis_version') ?? 'unknown';
  const version = numbersOf(text);
  const servers = [name];
  if (isBefore(version, OLDEST)) {
    const mend = ['install Redis 7.0 or newer'];
    return [{ level: 'refusal', servers, text: `version ${text} is too old`, mend }];
  }
  const holes = HOLES.filter(
    ({ onlyTls, mended }) => (tls || !onlyTls) && hasHole(version, mended[product]),
  ).map((hole): Finding => ({
    level: 'warning',
    servers,
    text: `version ${text} may have the hole ${hole.name}: ${hole.what}. Closed in ${hole.mended[product].join(', ')}; a distribution may have closed it under an older number`,
    mend: ['update the server, or see in its changelog that the hole is closed'],
  }));
  if (product === 'redis') return holes;
  const untried = `is Valkey ${text}; wharfpass is tested with Redis only`;
  return [...holes, { level: 'note', servers, text: untried, mend: [] }];
}

/** What the `keys` command prints. */
import type { KeyEntry } from '../signing/inventory.ts';
import type { KeySet } from '../signing/key-sets.ts';
import type { Leaf } from '../signing/leaf.ts';
import { table } from './table.ts';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `service`: whose own key it is; null for a shared one. */
export type KeyRow = KeyEntry & { readonly service: string | null };

export function keyJson(entries: readonly KeyRow[]): string {
  const rows = entries.map((entry) => ({
    kind: entry.kind,
    key_id: entry.keyId,
    not_before: entry.notBefore === null ? null : iso(entry.notBefore),
    not_after: entry.notAfter === null ? null : iso(entry.notAfter),
    state: entry.state,
    file: entry.file,
    ...(entry.service !== null && { service: entry.service }),
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** The column of services only where one has a key of its own. */
export function keyTable(entries: readonly KeyRow[]): string {
  const time = (ms: number | null): string | null => (ms === null ? null : iso(ms));
  const owned = entries.some(({ service }) => service !== null);
  return table(entries, [
    ['kind', ({ kind }) => kind],
    ['key id', ({ keyId }) => keyId],
    ['not before', ({ notBefore }) => time(notBefore)],
    ['not after', ({ notAfter }) => time(notAfter)],
    ['state', ({ state }) => state],
    ['file', ({ file }) => file],
    ...(owned ? [['service', ({ service }: KeyRow) => service] as const] : []),
  ]);
}

/** Distribution reads a jwks or a bundle once, at its start, and zot its certificate. */
export function keyFileAdvice({ services }: KeySet, leaf: Leaf, after: number): readonly string[] {
  const holders = Object.entries(services).filter(
    ([, { header, registry }]) => header !== 'x5c' || registry === 'zot',
  );
  if (holders.length === 0) return [];
  const names = holders
    .map(([name, { header, registry }]) => `${name} (${registry === 'zot' ? registry : header})`)
    .join(', ');
  const when = after === 0 ? 'now' : `before ${iso(leaf.activeFrom)}`;
  const zot = holders.some(([, { registry }]) => registry === 'zot');
  return [
    `But the registries of these services hold the key itself: ${names}.`,
    `Give them a new file (wharfpass keys export --format jwks or bundle) and restart them ${when}.`,
    ...(zot
      ? [
          'A zot holds one key only: give it the new one (--format certificate) at the time when it begins to sign.',
        ]
      : []),
  ];
}

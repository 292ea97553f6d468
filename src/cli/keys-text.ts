/** What the `keys` command prints. */
import type { Settings } from '../settings/schema.ts';
import type { KeyEntry } from '../signing/inventory.ts';
import type { Leaf } from '../signing/leaf.ts';
import { table } from './table.ts';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function keyJson(entries: readonly KeyEntry[]): string {
  const rows = entries.map((entry) => ({
    kind: entry.kind,
    key_id: entry.keyId,
    not_before: entry.notBefore === null ? null : iso(entry.notBefore),
    not_after: entry.notAfter === null ? null : iso(entry.notAfter),
    state: entry.state,
    file: entry.file,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

export function keyTable(entries: readonly KeyEntry[]): string {
  const time = (ms: number | null): string | null => (ms === null ? null : iso(ms));
  return table(entries, [
    ['kind', ({ kind }) => kind],
    ['key id', ({ keyId }) => keyId],
    ['not before', ({ notBefore }) => time(notBefore)],
    ['not after', ({ notAfter }) => time(notAfter)],
    ['state', ({ state }) => state],
    ['file', ({ file }) => file],
  ]);
}

/** Distribution reads a jwks or a bundle once, at its start. */
export function keyFileAdvice(settings: Settings, leaf: Leaf, after: number): readonly string[] {
  const services = Object.entries(settings.services).filter(([, { header }]) => header !== 'x5c');
  if (services.length === 0) return [];
  const names = services.map(([name, { header }]) => `${name} (${header})`).join(', ');
  const when = after === 0 ? 'now' : `before ${iso(leaf.activeFrom)}`;
  return [
    `But the registries of these services hold the key itself: ${names}.`,
    `Give them a new file (wharfpass keys export --format jwks or bundle) and restart them ${when}.`,
  ];
}

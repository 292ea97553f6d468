/** What a change changed, for the audit stream: the fields that are not as they were, before and after. */
import type { DeployTokenRecord } from '../store/records.ts';
import type { Fields } from './events.ts';
import { TIMES, TOLD, type Kind, type Kinds } from './told-fields.ts';

type Value = NonNullable<Fields[string]> | null;
const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
const isFlat = (value: unknown): value is Value =>
  isPlain(value) || (Array.isArray(value) && value.every(isPlain));

/** Anything that is neither text, number nor a list of those is left out: so is a `Secret`, whoever passes one. */
function told(kind: Kind, record: Readonly<Record<string, unknown>>): Record<string, Value> {
  const fields: Record<string, Value> = {};
  for (const [field, name] of Object.entries(TOLD[kind])) {
    const value = record[field];
    if (!isFlat(value)) continue;
    const isTime = TIMES.has(field) && typeof value === 'number';
    fields[name] = isTime ? new Date(value).toISOString() : value;
  }
  if (kind === 'deploy_token' && 'secrets' in record) {
    const { secrets } = record as Pick<DeployTokenRecord, 'secrets'>;
    fields['secret_ids'] = secrets.map(({ id, expiresAt }) =>
      expiresAt === null ? String(id) : `${id} until ${new Date(expiresAt).toISOString()}`,
    );
  }
  return fields;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Of the password nobody learns more than that it is another one. */
const passwordOf = (record: object | null): unknown =>
  record !== null && 'passwordHash' in record ? (record.passwordHash ?? null) : null;

/**
 * The difference between two states of an object, for `details`. Of what began there is only `after`, of what ended only
 * `before`; of an update both, with the fields that changed. null: there is no such state, or nobody knows it.
 */
export function changeOf<K extends Kind>(
  kind: K,
  before: Kinds[K] | null,
  after: Kinds[K] | null,
): { readonly before?: Fields; readonly after?: Fields } {
  const was = before === null ? {} : told(kind, before);
  const is = after === null ? {} : told(kind, after);
  const changed = (field: string): boolean =>
    before === null || after === null || !same(was[field], is[field]);
  const pick = (fields: Record<string, Value>): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => changed(field)));
  const password = after !== null && !same(passwordOf(before), passwordOf(after));
  return {
    ...(before !== null && { before: pick(was) }),
    ...(after !== null && { after: { ...pick(is), ...(password && { password: 'changed' }) } }),
  };
}

/** The end of a token of any kind, as it is afterwards. */
export const revocationOf = ({ revokedAt }: { readonly revokedAt: number | null }) =>
  changeOf('deploy_token', { revokedAt: null }, { revokedAt });

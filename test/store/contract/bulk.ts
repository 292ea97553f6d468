import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toEntry } from '../../../src/directory/record-entry.ts';
import { recordSchemas } from '../../../src/directory/record-schema.ts';
import { recordLine, toRecord, type PlainRecord } from '../../../src/directory/record-text.ts';
import { BULK_KINDS, type BulkBatch, type BulkKind } from '../../../src/store/bulk.ts';
import type { Store } from '../../../src/store/ports.ts';
import { batches } from '../../directory/records.ts';
import type { Subject } from '../contract.ts';
import { NOW } from '../fixtures.ts';

const HASH = 'a'.repeat(43);

function batch(kind: BulkKind, records: readonly PlainRecord[]): BulkBatch {
  const entries = records.map((one) => toEntry(kind, recordSchemas[kind].parse(one), String));
  return { kind, entries };
}

const put = (store: Store, kind: BulkKind, ...records: PlainRecord[]) =>
  store.bulk.put(batch(kind, records), { dryRun: false, now: NOW });

/** Every record, a few at a time. */
async function everything({ bulk }: Store): Promise<string[]> {
  const lines: string[] = [];
  for (const kind of BULK_KINDS) {
    for (let after: string | null = null, more = true; more;) {
      const { entries, next } = await bulk.read(kind, after, 4);
      const records = entries.map((entry) => toRecord(kind, entry, { credentials: true }));
      lines.push(...records.map((record) => `${kind} ${recordLine(record)}`));
      [after, more] = [next, next !== null];
    }
  }
  return lines;
}

export function bulkContract(subject: Subject): void {
  test('gives back all that it was given, and knows it again', async () => {
    const [directory = []] = fc.sample(batches, { numRuns: 1, seed: 6 });
    for (const [kind, records] of directory) {
      const report = await put(subject.store, kind, ...records);
      expect(report).toMatchObject({ created: records.length, updated: 0, errors: [] });
    }
    const given = directory.flatMap(([kind, all]) => all.map((r) => `${kind} ${recordLine(r)}`));
    const found = await everything(subject.store);
    expect(found.toSorted()).toEqual(given.toSorted());
    for (const [kind, records] of directory) {
      expect(await put(subject.store, kind, ...records)).toMatchObject({
        unchanged: records.length,
        created: 0,
        updated: 0,
      });
    }
    expect(await everything(await subject.reopen())).toEqual(found);
  });

  test('puts all of a batch or nothing, and says why', async () => {
    const { store } = subject;
    const report = await put(store, 'groups', { path: 'good' }, { path: 'no/where' });
    expect(report).toEqual({
      created: 0,
      updated: 0,
      unchanged: 0,
      unresolved: 0,
      errors: [{ index: 1, message: 'There is no group "no".' }],
    });
    expect(await store.directory.group('good')).toBeNull();
    await put(store, 'users', { username: 'good' });
    const taken = await put(store, 'groups', { path: 'Good' });
    expect(taken.errors).toEqual([{ index: 0, message: 'The path good is taken by a user.' }]);
  });

  test('tells in a dry run what it would do', async () => {
    const { store } = subject;
    const dry = { dryRun: true, now: NOW };
    const groups = batch('groups', [{ path: 'a' }]);
    expect(await store.bulk.put(groups, dry)).toMatchObject({ created: 1, errors: [] });
    const projects = batch('projects', [{ path: 'a/b' }]);
    expect(await store.bulk.put(projects, dry)).toMatchObject({ created: 0, unresolved: 1 });
    expect(await store.directory.group('a')).toBeNull();
  });

  test('changes what it finds, in the eyes of policy too', async () => {
    const { store } = subject;
    await put(store, 'groups', { path: 'a' });
    await put(store, 'projects', { path: 'a/b' });
    const ask = async () => {
      const query = { repositories: ['a/b'], userId: null, homeProjectId: null, now: NOW };
      return (await store.directory.facts(query)).get('a/b')?.visibility;
    };
    expect(await ask()).toBe('private');
    const report = await put(store, 'projects', { path: 'a/b', visibility: 'public' });
    expect(report).toMatchObject({ updated: 1, created: 0 });
    // The replica's facts may be a second old.
    for (let tries = 0; (await ask()) !== 'public'; tries += 1) {
      if (tries > 100) throw new Error('policy never saw the change');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('never brings a token back to life, nor hands it to somebody else', async () => {
    const { store } = subject;
    await put(store, 'groups', { path: 'a' }, { path: 'b' });
    const token = { name: 't', scopes: ['read_registry'], secrets: [{ hash: HASH }] };
    const revoked = { ...token, group: 'a', revoked_at: '2020-01-01T00:00:00Z' };
    await put(store, 'deploy_tokens', revoked);
    expect(await put(store, 'deploy_tokens', { ...token, group: 'a' })).toMatchObject({
      unchanged: 1,
    });
    const found = await store.deployTokens.admit(HASH);
    expect(found?.token.revokedAt).toBe(Date.parse('2020-01-01'));
    const { errors } = await put(store, 'deploy_tokens', { ...token, group: 'b' });
    expect(errors).toHaveLength(1);
    await put(store, 'users', { username: 'jane' }, { username: 'joe' });
    const own = { name: 't', scopes: ['api'], hash: HASH };
    await put(store, 'personal_access_tokens', { ...own, user: 'jane' });
    const stolen = await put(store, 'personal_access_tokens', { ...own, user: 'joe' });
    expect(stolen.errors).toHaveLength(1);
  });

  test('refuses to go on from where it never was', async () => {
    await expect(subject.store.bulk.read('users', 'nowhere', 10)).rejects.toMatchObject({
      code: 'bad_request',
    });
  });
}

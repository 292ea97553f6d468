import { describe, expect, test } from '@jest/globals';
import { changeOf, revocationOf } from '../../src/audit/change-of.ts';
import { Secret } from '../../src/credential/secret.ts';
import type { DeployTokenRecord, UserRecord } from '../../src/store/records.ts';

const JANE: UserRecord = {
  id: 7,
  username: 'jane',
  name: 'Jane',
  email: null,
  state: 'active',
  admin: false,
  external: false,
  twoFactor: false,
  passwordHash: '$scrypt$of-jane',
  managedBy: 'api',
  createdAt: 1,
};

const TOKEN: DeployTokenRecord = {
  id: 3,
  holder: { kind: 'project', id: 1 },
  name: 'cluster',
  username: 'gitlab+deploy-token-3',
  scopes: ['read_registry'],
  expiresAt: Date.UTC(2099, 0, 31),
  revokedAt: null,
  createdBy: 7,
  createdAt: 1,
  origin: 'manual',
  rotateEvery: null,
  secrets: [
    { id: 5, hash: 'hash-of-5', createdAt: 1, expiresAt: 0, lastUsedAt: null, sealed: 'sealed-5' },
    { id: 6, hash: 'hash-of-6', createdAt: 2, expiresAt: null, lastUsedAt: null, sealed: null },
  ],
};

describe('the difference of two states', () => {
  test('an update tells what changed, and nothing else', () => {
    const after = { ...JANE, admin: true, email: 'jane@example.com', managedBy: 'file' } as const;
    expect(changeOf('user', JANE, after)).toEqual({
      before: { admin: false, email: null },
      after: { admin: true, email: 'jane@example.com' },
    });
    expect(changeOf('user', JANE, { ...JANE })).toEqual({ before: {}, after: {} });
  });

  test('what begins has no before, what ends no after', () => {
    const group = { fullPath: 'acme', name: 'Acme', visibility: 'private' } as const;
    const told = { full_path: 'acme', name: 'Acme', visibility: 'private' };
    expect(changeOf('group', null, group)).toEqual({ after: told });
    expect(changeOf('group', group, null)).toEqual({ before: told });
  });

  test('lists are compared by what is in them', () => {
    const policies = (...names: ('READ_CONTAINERS' | 'ADMIN_CONTAINERS')[]) => ({
      policies: names,
    });
    const [a, b] = [policies('READ_CONTAINERS'), policies('READ_CONTAINERS', 'ADMIN_CONTAINERS')];
    expect(changeOf('allowlist_entry', a, { ...a })).toEqual({ before: {}, after: {} });
    expect(changeOf('allowlist_entry', a, b)).toEqual({ before: a, after: b });
    expect(changeOf('allowlist_entry', a, { policies: null }).after).toEqual({ policies: null });
  });

  test('times are ISO 8601', () => {
    expect(revocationOf({ revokedAt: Date.UTC(2027, 0, 31) })).toEqual({
      before: { revoked_at: null },
      after: { revoked_at: '2027-01-31T00:00:00.000Z' },
    });
    const { after } = changeOf('deploy_token', null, TOKEN);
    expect(after?.['expires_at']).toBe('2099-01-31T00:00:00.000Z');
    expect(after?.['secret_ids']).toEqual(['5 until 1970-01-01T00:00:00.000Z', '6']);
  });
});

describe('T46: secrets', () => {
  test('of a password there is nothing but that it changed', () => {
    const other = { ...JANE, passwordHash: '$scrypt$another' };
    expect(changeOf('user', JANE, other)).toEqual({ before: {}, after: { password: 'changed' } });
    expect(changeOf('user', JANE, { ...JANE, passwordHash: null }).after).toEqual({
      password: 'changed',
    });
    expect(changeOf('user', null, JANE).after).toHaveProperty('password', 'changed');
    const text = JSON.stringify([changeOf('user', null, JANE), changeOf('user', JANE, null)]);
    expect(text).not.toContain('scrypt');
  });

  test('a field that nobody listed stays out, and so does a value that is no text and no number', () => {
    const odd = {
      ...TOKEN,
      hash: 'the-hash',
      token: 'gldt-secret',
      name: new Secret('gldt-secret'),
      username: { secret: 'gldt-secret' },
      scopes: [new Secret('gldt-secret')],
    } as unknown as DeployTokenRecord;
    const text = JSON.stringify([
      changeOf('deploy_token', null, odd),
      changeOf('deploy_token', odd, null),
    ]);
    expect(text).not.toMatch(/gldt-|hash|sealed/);
    expect(text).toContain('expires_at');
  });
});

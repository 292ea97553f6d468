import { describe, expect, test } from '@jest/globals';
import { LAYERS } from '../../src/policy/decision.ts';
import { TRUTH_TABLE, type On, type Row, type Who } from '../policy/truth-table.ts';
import { readPage, tableRows } from './page.ts';

const page = readPage('rules.md');

function who(as: Who): string {
  switch (as.kind) {
    case 'anonymous':
      return 'nobody';
    case 'user': {
      const credential = as.scopes === 'password' ? 'password' : `PAT ${as.scopes.join(', ')}`;
      return [credential, as.admin && 'administrator', as.external && 'external']
        .filter(Boolean)
        .join('; ');
    }
    case 'deploy_token': {
      const where = { project: 'own project', group: 'own group', elsewhere: 'elsewhere' };
      return `deploy token ${as.scopes.join(', ')}; ${where[as.holder]}`;
    }
    case 'job': {
      const user = as.admin ? ' of an administrator' : as.external ? ' of an external user' : '';
      const permissions = as.permissions === undefined ? '' : `; \`containers: ${as.permissions}\``;
      const state = as.ended ? '; ended' : as.extended ? '; extended token' : '';
      const where = as.home === 'same' ? 'at home' : 'from elsewhere';
      return `job${user}, ${where}${permissions}${state}`;
    }
  }
}

function target(on: On): string {
  const states = { members: 'members only', disabled: 'registry off', archived: 'archived' };
  const parts = [
    on.visibility,
    on.state && states[on.state],
    on.protectedFor && `push from ${on.protectedFor}`,
  ];
  return parts.filter(Boolean).join('; ');
}

function list({ allowlist, entry, enforced }: On): string {
  const parts = [allowlist, entry?.join(', '), enforced && 'enforced'];
  return parts.filter(Boolean).join('; ');
}

const cells = ({ row, as, on, gets, note }: Row): string[] => {
  const mark = (letter: string) => (gets.includes(letter) ? 'yes' : '');
  return [
    row,
    who(as),
    target(on),
    on.role ?? '',
    list(on),
    mark('P'),
    mark('U'),
    mark('D'),
    note ?? '',
  ];
};

describe('docs/rules.md', () => {
  const rows = tableRows(page);

  test('says each layer, in the order in which a refusal is named', () => {
    const layers = rows.flatMap(([name]) => /^`([a-z_]+)`$/.exec(name ?? '')?.[1] ?? []);
    expect(layers).toEqual(LAYERS);
  });

  test('has every row of the truth table as it is tested, and no other', () => {
    const documented = rows.filter((row) => row.length === 9 && /^\d/.test(row[0] ?? ''));
    expect(documented).toEqual(TRUTH_TABLE.map(cells));
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDirectory } from '../../src/directory/parse.ts';
import { planDirectory } from '../../src/directory/plan.ts';
import { printPlan } from '../../src/directory/print.ts';
import { directorySnapshot } from './arbitrary.ts';
import { applyToModel, sortSnapshot } from './model.ts';

const empty = parseDirectory('', 'empty').snapshot;

describe('planDirectory', () => {
  test('what is planned leads from any directory to any other, each change possible in its turn', () => {
    fc.assert(
      fc.property(directorySnapshot, directorySnapshot, (current, wanted) => {
        const changes = planDirectory(current, wanted);
        expect(applyToModel(current, changes)).toEqual(sortSnapshot(wanted));
      }),
      { numRuns: 500 },
    );
  });

  test('nothing is planned where nothing differs, in whatever order and case the store answers', () => {
    fc.assert(
      fc.property(directorySnapshot, (snapshot) => {
        const shouted = JSON.parse(
          JSON.stringify(snapshot, (key, value: unknown) =>
            ['username', 'fullPath', 'target', 'project'].includes(key)
              ? String(value).toUpperCase()
              : value,
          ),
        ) as typeof snapshot;
        const reversed = {
          ...shouted,
          users: shouted.users.toReversed(),
          members: shouted.members.toReversed(),
          allowlist: shouted.allowlist.map((entry) => ({
            ...entry,
            policies: entry.policies?.toReversed() ?? null,
          })),
        };
        expect(planDirectory(reversed, snapshot)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('every change has its line in the printed plan', () => {
    fc.assert(
      fc.property(directorySnapshot, directorySnapshot, (current, wanted) => {
        const changes = planDirectory(current, wanted);
        const lines = printPlan(changes, current).split('\n').filter(Boolean);
        expect(lines).toHaveLength(changes.length);
        for (const line of lines) {
          expect(line).toMatch(/^[+~-] (user|group|project|member|job token|protected)/);
          expect(line).not.toMatch(/undefined|\[object/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('a plan in words', () => {
  const hash = '$scrypt$ln=15,r=8,p=3$c2FsdHNhbHRzYWx0c2FsdA$' + 'A'.repeat(43);
  const before = parseDirectory(
    `users: {jane: {external: false}, joe: , old: }
groups: {acme: {members: {jane: developer, joe: guest}}, gone: {members: {joe: owner}}}
projects:
  acme/app: {visibility: private, protected_tags: {'v*': {push: maintainer}}}
  gone/app:
`,
    'before',
  ).snapshot;
  const after = parseDirectory(
    `users: {jane: {external: true, password_hash: '${hash}'}, joe: , new: {admin: true}}
groups: {acme: {members: {jane: {access: maintainer, expires_at: 2030-01-01}}}, acme/web: }
projects:
  acme/app:
    visibility: public
    job_token_allowlist: {enabled: false, groups: {acme/web: [READ_CONTAINERS]}}
    protected_tags: {'v*': {push: owner, delete: owner}}
    protected_repositories: {acme/app/release: {delete: maintainer}}
`,
    'after',
  ).snapshot;
  const text = printPlan(planDirectory(before, after), before);
  expect(text.split('\n')).toEqual([
    '- member joe of group acme',
    '- project gone/app',
    '- group gone',
    '- user old',
    '+ user new (admin)',
    '~ user jane: external false → true, password changed',
    '+ group acme/web (private)',
    '~ project acme/app: visibility private → public, job_token_allowlist.enabled true → false',
    '~ member jane of group acme: developer → maintainer until 2030-01-01T00:00:00.000Z',
    '+ job token allowlist of acme/app: group acme/web, READ_CONTAINERS',
    '+ protected repository of acme/app: acme/app/release (delete from maintainer)',
    '~ protected tag of acme/app: v* (push from owner, delete from owner)',
  ]);
  expect(text).not.toContain('scrypt');
  expect(printPlan(planDirectory(empty, empty), empty)).toBe('');
});

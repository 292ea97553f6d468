/**
 * The rules, row by row: who asks (`as`), what the target is (`on`), and what of pull, push and delete comes back
 * (`gets`: letters P, U, D; '' is nothing). docs/rules.md prints this table for people.
 */
import type { ContainersPermission } from '../../src/credential/principal.ts';
import type { JobTokenPolicy } from '../../src/policy/facts.ts';

export type Who =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      /** Scopes of the token; 'password' has all abilities. */
      readonly scopes: readonly string[] | 'password';
      readonly admin?: boolean;
      readonly external?: boolean;
    }
  | {
      readonly kind: 'deploy_token';
      readonly scopes: readonly string[];
      readonly holder: 'project' | 'group' | 'elsewhere';
    }
  | {
      readonly kind: 'job';
      readonly home: 'same' | 'other';
      readonly admin?: boolean;
      readonly external?: boolean;
      readonly permissions?: ContainersPermission;
      /** The job has ended, and its password may still read. */
      readonly ended?: boolean;
      /** It comes with the extended token. */
      readonly extended?: boolean;
    };

export interface On {
  readonly visibility: 'public' | 'internal' | 'private';
  /** The registry is for members only, switched off, or the project is archived. */
  readonly state?: 'members' | 'disabled' | 'archived';
  readonly role?: 'guest' | 'planner' | 'reporter' | 'developer' | 'maintainer' | 'owner';
  /** The target's allowlist admits the job's project: directly, through a group, not, or the list is off. */
  readonly allowlist?: 'yes' | 'group' | 'no' | 'off';
  readonly entry?: readonly JobTokenPolicy[];
  readonly enforced?: boolean;
  /** Least role to push to the repository. */
  readonly protectedFor?: 'maintainer';
}

export interface Row {
  readonly row: string;
  readonly as: Who;
  readonly on: On;
  readonly gets: string;
  readonly note?: string;
}

const anonymous: Who = { kind: 'anonymous' };
const pat = (...scopes: string[]): Who => ({ kind: 'user', scopes });
const api = pat('api');
const admin: Who = { kind: 'user', scopes: ['api'], admin: true };
const external: Who = { kind: 'user', scopes: ['api'], external: true };
const deploy = (holder: 'project' | 'group' | 'elsewhere', ...scopes: string[]): Who => ({
  kind: 'deploy_token',
  holder,
  scopes,
});
const job = (home: 'same' | 'other', more: object = {}): Who => ({ kind: 'job', home, ...more });
const own = job('same');
const other = job('other');
const ended = (home: 'same' | 'other'): Who => job(home, { ended: true });
const extended = job('other', { extended: true });
const ADMIN: readonly JobTokenPolicy[] = ['ADMIN_CONTAINERS'];
const priv = (more: Omit<On, 'visibility'> = {}): On => ({ visibility: 'private', ...more });
const int = (more: Omit<On, 'visibility'> = {}): On => ({ visibility: 'internal', ...more });
const pub = (more: Omit<On, 'visibility'> = {}): On => ({ visibility: 'public', ...more });
const row = (name: string, as: Who, on: On, gets: string, note?: string): Row => ({
  row: name,
  as,
  on,
  gets,
  ...(note !== undefined && { note }),
});

export const TRUTH_TABLE: readonly Row[] = [
  row('1', anonymous, pub(), 'P'),
  row('2', anonymous, int(), ''),
  row('3', anonymous, priv(), ''),
  row('4', anonymous, pub({ state: 'members' }), ''),
  row('7', api, priv(), ''),
  row('8', api, priv({ role: 'guest' }), ''),
  row('8 (Planner)', api, priv({ role: 'planner' }), ''),
  row('9', api, priv({ role: 'reporter' }), 'P'),
  row('10', api, priv({ role: 'developer' }), 'PU', 'deleting needs a Maintainer'),
  row('11', api, priv({ role: 'maintainer' }), 'PUD'),
  row('12', api, priv({ role: 'owner' }), 'PUD'),
  row('13', admin, priv(), 'PUD'),
  row('14', api, int(), 'P'),
  row('15', external, int(), ''),
  row('16', external, int({ role: 'guest' }), 'P'),
  row('17', api, pub(), 'P'),
  row('18', api, pub({ state: 'members' }), ''),
  row('18 (Guest)', api, pub({ state: 'members', role: 'guest' }), ''),
  row('19', api, pub({ state: 'members', role: 'reporter' }), 'P'),
  row('20', api, pub({ state: 'disabled', role: 'owner' }), ''),
  row('21', api, priv({ state: 'archived', role: 'maintainer' }), 'P'),
  row('22', pat('read_registry'), priv({ role: 'maintainer' }), 'P'),
  row('23', pat('write_registry'), priv({ role: 'developer' }), 'U', 'pushing alone'),
  row('24', pat('read_registry', 'write_registry'), priv({ role: 'maintainer' }), 'PU'),
  row('25', pat('read_api'), priv({ role: 'developer' }), 'P'),
  row('30', { kind: 'user', scopes: 'password' }, priv({ role: 'developer' }), 'PU'),
  row(
    '32',
    api,
    priv({ role: 'developer' }),
    'PU',
    'an OAuth token with `api` has the abilities of any',
  ),
  row('33', pat('read_registry'), priv({ role: 'reporter' }), 'P', 'a bot user is a user'),
  row('34', pat('read_registry'), priv(), '', 'a bot user outside its project'),
  row('35', api, priv({ role: 'developer' }), 'PU', 'a bot user through its group'),
  row('36', deploy('project', 'read_registry'), priv(), 'P'),
  row('37', deploy('project', 'read_registry', 'write_registry'), priv(), 'PU'),
  row('38', deploy('project', 'write_registry'), priv(), 'U'),
  row('39', deploy('elsewhere', 'read_registry'), priv(), ''),
  row('40', deploy('elsewhere', 'read_registry'), int(), ''),
  row('41', deploy('elsewhere', 'read_registry'), pub(), 'P', 'as anybody'),
  row('42', deploy('project', 'read_registry'), pub({ state: 'members' }), 'P'),
  row('43', deploy('project', 'read_registry', 'write_registry'), priv({ state: 'archived' }), 'P'),
  row('44', deploy('project', 'read_registry'), priv({ state: 'disabled' }), ''),
  row('45', deploy('group', 'read_registry'), priv(), 'P'),
  row('46', deploy('elsewhere', 'read_registry'), priv(), '', 'a group the project is not in'),
  row(
    '49',
    deploy('project', 'read_registry', 'write_registry'),
    priv({ protectedFor: 'maintainer' }),
    'P',
    'a deploy token never pushes to a protected repository',
  ),
  row('52', own, priv({ role: 'developer' }), 'PUD'),
  row('53', own, priv({ role: 'reporter' }), 'P', 'demoted since the job started'),
  row('54', own, priv(), '', 'removed since the job started'),
  row('55', own, priv({ state: 'archived', role: 'maintainer' }), 'P'),
  row('56', own, priv({ state: 'disabled', role: 'owner' }), ''),
  row('58', own, priv({ role: 'developer' }), 'PUD', 'canceling: the clean-up still works'),
  row('64', own, priv({ role: 'developer', protectedFor: 'maintainer' }), 'PD', 'push alone goes'),
  row('65', other, priv({ role: 'reporter', allowlist: 'yes' }), 'P'),
  row('66', other, priv({ role: 'owner', allowlist: 'yes' }), 'P', 'never a push elsewhere'),
  row('67', other, priv({ role: 'guest', allowlist: 'yes' }), ''),
  row('68', other, priv({ allowlist: 'yes' }), ''),
  row('69', other, priv({ role: 'owner', allowlist: 'no' }), ''),
  row('70', other, priv({ role: 'reporter', allowlist: 'group' }), 'P'),
  row('71', other, priv({ role: 'reporter', allowlist: 'off' }), 'P'),
  row('72', other, priv({ allowlist: 'off' }), ''),
  row('73', other, priv({ role: 'reporter', allowlist: 'off', enforced: true }), ''),
  row(
    '74',
    job('other', { admin: true }),
    priv({ allowlist: 'yes' }),
    '',
    'an admin’s job is no admin',
  ),
  row('75', job('other', { admin: true }), priv({ role: 'reporter', allowlist: 'yes' }), 'P'),
  row('76', other, int({ allowlist: 'no' }), 'P'),
  row('77', job('other', { external: true }), int({ allowlist: 'no' }), ''),
  row('78', job('other', { external: true }), int({ allowlist: 'yes' }), ''),
  row('79', job('other', { external: true }), int({ role: 'reporter', allowlist: 'no' }), ''),
  row('80', job('other', { external: true }), int({ role: 'reporter', allowlist: 'yes' }), 'P'),
  row('81', other, pub({ allowlist: 'no' }), 'P'),
  row('82', other, pub({ state: 'members', role: 'reporter', allowlist: 'no' }), ''),
  row('83', other, pub({ state: 'members', role: 'reporter', allowlist: 'yes' }), 'P'),
  row('84', other, pub({ state: 'members', allowlist: 'yes' }), ''),
  row('85', other, pub({ state: 'disabled', role: 'owner', allowlist: 'yes' }), ''),
  row('86', other, priv({ role: 'developer', allowlist: 'yes', entry: ['READ_PACKAGES'] }), ''),
  row('87', other, priv({ role: 'developer', allowlist: 'yes', entry: ['READ_CONTAINERS'] }), 'P'),
  row(
    '87 (ADMIN)',
    other,
    priv({ role: 'developer', allowlist: 'yes', entry: ['ADMIN_CONTAINERS'] }),
    'P',
  ),
  row('88', job('same', { permissions: 'read' }), priv({ role: 'developer' }), 'P'),
  row('89', job('same', { permissions: 'none' }), priv({ role: 'developer' }), ''),
  row('91', ended('same'), priv({ role: 'developer' }), 'P', 'where the project allows it'),
  row('92', ended('other'), priv({ role: 'owner', allowlist: 'yes' }), '', 'its own project only'),
  row('93', ended('same'), priv({ role: 'owner' }), 'P', 'a sibling or a retry may be running'),
  row('95', extended, priv({ role: 'developer', allowlist: 'yes', entry: ADMIN }), 'PU'),
  row('95 (Reporter)', extended, priv({ role: 'reporter', allowlist: 'yes', entry: ADMIN }), 'P'),
  row(
    '95 (READ)',
    extended,
    priv({ role: 'owner', allowlist: 'yes', entry: ['READ_CONTAINERS'] }),
    'P',
  ),
  row(
    '95 (unlimited)',
    extended,
    priv({ role: 'owner', allowlist: 'yes' }),
    'P',
    'an entry that names nothing names no push',
  ),
  row('96', extended, priv({ role: 'developer', allowlist: 'no' }), ''),
];

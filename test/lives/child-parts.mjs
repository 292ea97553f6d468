/** The real parts, put together by the program's own composition, and what the steps need of it. */
import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

const USER = { email: null, admin: false, external: false, twoFactor: false, passwordHash: null };
const PROJECT = {
  name: 'app',
  visibility: 'private',
  registryAccess: 'enabled',
  archived: false,
  jobsEnabled: true,
  allowlistEnabled: true,
  autoDevops: false,
  autoDeployToken: null,
  jobTokenAfterJob: 'none',
};

const managedBy = 'api';

/** The people of a life, the project in the namespace of the first, and the others as its members. */
function changesOf({ people, project }) {
  const users = people.map(({ name }) => {
    const fields = { ...USER, name, state: 'active' };
    return { kind: 'user.create', username: name, fields, managedBy };
  });
  const made = { kind: 'project.create', fullPath: project, fields: PROJECT, managedBy };
  const source = { kind: 'project', ref: project };
  const members = people.slice(1).map(({ name: user, level: accessLevel }) => {
    return { kind: 'member.set', source, user, accessLevel, expiresAt: null, managedBy };
  });
  return [...users, made, ...members];
}

/** Read past the store: asked after every other step, its list would take longer than the steps. */
const AUTOMATIC = `SELECT t.id, t.username,
    (SELECT json_group_array(s.id ORDER BY s.id) FROM deploy_token_secrets s WHERE s.token_id = t.id) AS ids
  FROM deploy_tokens t WHERE t.project_id = ? AND t.origin = 'auto' AND t.revoked_at IS NULL
    AND (t.expires_at IS NULL OR t.expires_at > ?)`;

export const idsOf = ({ secrets }) => secrets.map(({ id }) => id);

/** All that the steps call, from the built program. */
export async function loadCode(load) {
  const files = [
    'compose-parts.js',
    'compose-token.js',
    'credential/sealed-secret.js',
    'credential/secret.js',
    'http/api/caller.js',
    'lifecycle/automatic-deploy-token.js',
    'lifecycle/converted-tokens.js',
    'lifecycle/deploy-tokens.js',
    'lifecycle/deploy-variables.js',
    'lifecycle/finish-job.js',
    'lifecycle/personal-access-token-rotation.js',
    'lifecycle/personal-access-tokens.js',
    'lifecycle/rotation.js',
    'lifecycle/start-job.js',
    'lifecycle/users.js',
  ];
  return Object.assign({}, ...(await Promise.all(files.map(load))));
}

export async function openHands(code, { settings, clock }) {
  const parts = await code.openParts({ settings, log: silent, clock });
  const { store, keys } = parts;
  const deps = {
    ...parts,
    jobTokens: keys.jobTokenSigner,
    extendedTokens: keys.extendedTokenSigner,
    sealedSecrets: code.createSealedSecrets(keys.deployTokenSealKey),
    audit: parts.audit.changes.bySystem,
  };
  const { prefixes } = settings.credentials;
  const db = new DatabaseSync(join(settings.data_dir, 'wharfpass.db'));
  const automatic = db.prepare(AUTOMATIC);
  const automaticOf = (projectId) => {
    const row = automatic.get(projectId, clock.now());
    return row && { id: row.id, username: row.username, secretIds: JSON.parse(row.ids) };
  };
  const sweeper = code.createConvertedTokenSweep(deps);

  return {
    code,
    deps,
    now: () => clock.now(),
    issueToken: code.composeIssueToken(parts),
    resolveCaller: code.createResolveCaller({ ...deps, prefixes }),
    /** The project's live automatic token. */
    automaticOf,
    sweep: () => sweeper.sweep(),
    // Named, so that the connection outlives its statement.
    db,
    eraseJob: db.prepare('UPDATE jobs SET erased_at = ? WHERE id = ? AND erased_at IS NULL'),
    settle: async (lives) => {
      const ids = await store.directory.apply(lives.flatMap(changesOf), clock.now());
      const settled = lives.map(({ people }, index) => {
        const from = index * people.length * 2;
        return {
          people: ids.slice(from, from + people.length),
          project: ids[from + people.length],
        };
      });
      const furnish = async (life) => {
        await code.tryAutomaticDeployToken(deps, await store.directory.project(life.project));
        return { ...life, automatic: automaticOf(life.project) };
      };
      return { settled: await Promise.all(settled.map(furnish)) };
    },
  };
}

/** What can happen to deploy tokens and personal access tokens: see child-steps.mjs. */
import { failure, holderOf, projectOf, quietly, within } from './child-guards.mjs';
import { idsOf } from './child-parts.mjs';

async function rotateToken(hands, step) {
  const { code, deps } = hands;
  await projectOf(hands, step);
  const { tokenId, gracePeriod, expiresAt } = step;
  const request = { holder: holderOf(step), tokenId, gracePeriod, expiresAt };
  const { token, secret } = await code.rotateDeployToken(deps, request);
  const made = { secretId: token.secrets.at(-1).id, deploy: [token.username, secret.reveal()] };
  return { ok: { ends: token.expiresAt }, made };
}

async function createPat({ code, deps }, { userId, scopes, expiresAt }) {
  const user = await deps.store.directory.user(userId);
  const maker = { admin: true, tokenExpiresAt: null };
  const request = { user, name: 'laptop', description: null, scopes, expiresAt, maker };
  const { token, secret } = await code.createPersonalAccessToken(deps, request);
  return { ok: {}, made: { id: token.id, pat: [user.username, secret.reveal()] } };
}

/** POST /personal_access_tokens/self/rotate, where a token that was revoked before gives a thief away. */
async function rotatePat({ code, deps, resolveCaller }, { text }) {
  const kind = 'personal_access_token';
  const outcome = await resolveCaller({ kind, secret: new code.Secret(text) });
  if (outcome.kind === 'rejected') {
    if (outcome.revoked !== undefined) await code.detectReuse(deps, outcome.revoked);
    throw failure('unauthorized');
  }
  const { user, token: by } = outcome.caller;
  const old = await deps.store.personalAccessTokens.find(by.id);
  const maker = { admin: user.admin, tokenId: by.id, tokenExpiresAt: by.expiresAt };
  const request = { old, expiresAt: undefined, maker };
  const { token, secret } = await code.rotatePersonalAccessToken(deps, request);
  return {
    ok: { ends: token.expiresAt },
    made: { id: token.id, pat: [user.username, secret.reveal()] },
  };
}

export const TOKEN_STEPS = {
  rotateToken,
  createPat,
  rotatePat,
  createToken: async (hands, step) => {
    await projectOf(hands, step);
    const request = { name: 'cluster', username: null, createdBy: null, ...step.request };
    const holder = holderOf(step);
    const { token, secret } = await hands.code.createDeployToken(hands.deps, {
      holder,
      ...request,
    });
    const deploy = [token.username, secret.reveal()];
    return { ok: {}, made: { id: token.id, secretIds: idsOf(token), deploy } };
  },
  endSecret: within(({ code, deps }, step) =>
    code.endSecret(deps, holderOf(step), step.tokenId, step.secretId),
  ),
  setRotation: within(({ code, deps }, step) =>
    code.setRotation(deps, holderOf(step), step.tokenId, step.days),
  ),
  revokeToken: within(({ code, deps }, step) =>
    code.revokeDeployToken(deps, holderOf(step), step.tokenId),
  ),
  revokePat: quietly(({ code, deps }, { patId }) => code.revokePersonalAccessToken(deps, patId)),
};

/** Tokens as this instance knows them to be: one whose revocation was noted here is revoked, whatever the store says. */
import type { DeployTokens, PersonalAccessTokens } from '../../ports.ts';
import type { DeployTokenRecord, PersonalAccessTokenRecord } from '../../records.ts';
import type { Revocation } from './entries.ts';
import type { Journal } from './journal.ts';

export interface TokenStores {
  readonly deployTokens: DeployTokens;
  readonly personalAccessTokens: PersonalAccessTokens;
}

export interface Revoked {
  readonly revokedAt: number | null;
}

function denied<T extends Revoked>(token: T, revocation: Revocation | null): T {
  if (revocation === null) return token;
  return { ...token, revokedAt: token.revokedAt ?? revocation.at };
}

export function withDenials(stores: TokenStores, journal: Journal): TokenStores {
  const { deployTokens, personalAccessTokens } = stores;
  const deploy = (token: DeployTokenRecord): DeployTokenRecord =>
    denied(
      token,
      journal.denialOfToken({ kind: 'deploy', holder: token.holder, tokenId: token.id }),
    );
  const personal = (token: PersonalAccessTokenRecord): PersonalAccessTokenRecord =>
    denied(token, journal.denialOfToken({ kind: 'personal', holder: null, tokenId: token.id }));

  return {
    deployTokens: {
      ...deployTokens,
      admit: async (secretHash) => {
        const admission = await deployTokens.admit(secretHash);
        return admission === null ? null : { ...admission, token: deploy(admission.token) };
      },
      find: async (holder, tokenId) => {
        const token = await deployTokens.find(holder, tokenId);
        return token === null ? null : deploy(token);
      },
    },
    personalAccessTokens: {
      ...personalAccessTokens,
      admit: async (secretHash) => {
        const admission = await personalAccessTokens.admit(secretHash);
        return admission === null ? null : { ...admission, token: personal(admission.token) };
      },
      find: async (tokenId) => {
        const token = await personalAccessTokens.find(tokenId);
        return token === null ? null : personal(token);
      },
    },
  };
}

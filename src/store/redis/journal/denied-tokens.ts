/** Tokens as this instance knows them to be: one whose revocation was noted here is revoked, whatever the store says. */
import type {
  ConvertedTokens,
  DeployTokens,
  PersonalAccessTokens,
  RefreshTokens,
} from '../../ports.ts';
import type {
  ConvertedTokenRecord,
  DeployTokenRecord,
  PersonalAccessTokenRecord,
  RefreshTokenRecord,
} from '../../records.ts';
import type { TokenName } from './entries.ts';
import type { Journal } from './journal.ts';

export interface TokenStores {
  readonly deployTokens: DeployTokens;
  readonly personalAccessTokens: PersonalAccessTokens;
  readonly convertedTokens: ConvertedTokens;
  readonly refreshTokens: RefreshTokens;
}

export interface Revoked {
  readonly revokedAt: number | null;
}

type Denials = Pick<Journal, 'denialOfToken'>;

/** The token as it is known here, alone and within what carries it. */
function denying<T extends Revoked>(journal: Denials, nameOf: (token: T) => TokenName) {
  const asDenied = (token: T): T => {
    const revocation = journal.denialOfToken(nameOf(token));
    if (revocation === null) return token;
    return { ...token, revokedAt: token.revokedAt ?? revocation.at };
  };
  return {
    asDenied,
    alone: async (found: Promise<T | null>): Promise<T | null> => {
      const token = await found;
      return token === null ? null : asDenied(token);
    },
    within: async <Carrier extends { readonly token: T }>(
      found: Promise<Carrier | null>,
    ): Promise<Carrier | null> => {
      const carrier = await found;
      return carrier === null ? null : { ...carrier, token: asDenied(carrier.token) };
    },
  };
}

function withDeployDenials(tokens: DeployTokens, journal: Denials): DeployTokens {
  const { alone, within } = denying<DeployTokenRecord>(journal, ({ holder, id }) => ({
    kind: 'deploy',
    holder,
    tokenId: id,
  }));
  return {
    ...tokens,
    admit: (secretHash) => within(tokens.admit(secretHash)),
    find: (holder, tokenId) => alone(tokens.find(holder, tokenId)),
    rotate: (holder, tokenId, rotation, now) =>
      alone(tokens.rotate(holder, tokenId, rotation, now)),
    endSecret: (holder, tokenId, secretId, now) =>
      alone(tokens.endSecret(holder, tokenId, secretId, now)),
    setRotation: (holder, tokenId, every) => alone(tokens.setRotation(holder, tokenId, every)),
    ensureAutomatic: async (projectId, secret, now) => {
      const ensured = await within(tokens.ensureAutomatic(projectId, secret, now));
      // The store does not know yet that somebody declined it.
      return ensured?.token.revokedAt === null ? ensured : null;
    },
  };
}

const denyingPersonal = (journal: Denials) =>
  denying<PersonalAccessTokenRecord>(journal, ({ id }) => ({
    kind: 'personal',
    holder: null,
    tokenId: id,
  }));

function withPersonalDenials(tokens: PersonalAccessTokens, journal: Denials): PersonalAccessTokens {
  const { alone, within } = denyingPersonal(journal);
  return {
    ...tokens,
    admit: (secretHash) => within(tokens.admit(secretHash)),
    find: (tokenId) => alone(tokens.find(tokenId)),
  };
}

function withConvertedDenials(tokens: ConvertedTokens, journal: Denials): ConvertedTokens {
  const { alone, within } = denying<ConvertedTokenRecord>(journal, ({ projectId, id }) => ({
    kind: 'converted',
    holder: { kind: 'project', id: projectId },
    tokenId: id,
  }));
  return {
    ...tokens,
    record: (token, now) => alone(tokens.record(token, now)),
    admit: (tokenHash) => within(tokens.admit(tokenHash)),
    countWrite: (id, limits, now) => within(tokens.countWrite(id, limits, now)),
  };
}

/** A refresh token is dead with the personal access token behind it, so that is looked at too. */
function withRefreshDenials(tokens: RefreshTokens, journal: Denials): RefreshTokens {
  const { alone, within } = denying<RefreshTokenRecord>(journal, ({ hash }) => ({
    kind: 'refresh',
    tokenHash: hash,
  }));
  const personal = denyingPersonal(journal);
  return {
    ...tokens,
    create: (token, limit, now) => alone(tokens.create(token, limit, now)),
    admit: async (hash) => {
      const admission = await within(tokens.admit(hash));
      if (admission === null || admission.personalAccessToken === null) return admission;
      const personalAccessToken = personal.asDenied(admission.personalAccessToken);
      return { ...admission, personalAccessToken };
    },
  };
}

export function withDenials(stores: TokenStores, journal: Denials): TokenStores {
  return {
    deployTokens: withDeployDenials(stores.deployTokens, journal),
    personalAccessTokens: withPersonalDenials(stores.personalAccessTokens, journal),
    convertedTokens: withConvertedDenials(stores.convertedTokens, journal),
    refreshTokens: withRefreshDenials(stores.refreshTokens, journal),
  };
}

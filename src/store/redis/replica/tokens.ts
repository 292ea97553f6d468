/** The stored tokens of all instances, over the replica. */
import { createConvertedTokens } from '../../embedded/converted-tokens.ts';
import { createDeployTokens } from '../../embedded/deploy-tokens.ts';
import { createJobTokenUses } from '../../embedded/job-token-uses.ts';
import { createLastUse } from '../../embedded/last-use.ts';
import { createPersonalAccessTokens } from '../../embedded/personal-access-tokens.ts';
import type { Read } from '../../embedded/reader.ts';
import { createRefreshTokens } from '../../embedded/refresh-tokens.ts';
import type { Writer } from '../../embedded/writer.ts';
import type { Core } from './core.ts';
import type { ReplicaOptions } from './options.ts';
import type { Reads } from './reads.ts';

/** Milliseconds for which uses of tokens are gathered: each gathering is a commit that every instance applies. */
const GATHER_USES = 5_000;

/** @param local reads the replica as it is, however old */
export function openTokens(
  { file, writer, version }: Core,
  { exact, strict }: Reads,
  local: Read,
  { clock, log }: ReplicaOptions,
) {
  const { db } = file;
  const useOf = (table: Parameters<typeof createLastUse>[3]) =>
    createLastUse(db, writer, log, table, GATHER_USES);
  const secretUse = useOf('deploy_token_secrets');
  const tokenUse = useOf('personal_access_tokens');
  const convertedUse = useOf('converted_tokens');
  const refreshUse = useOf('refresh_tokens');
  const uses = createJobTokenUses({ db, read: exact, writer, log });
  const refreshTokenHere = db.prepare('SELECT 1 FROM refresh_tokens WHERE hash = ?');

  function tokensThrough(way: Writer) {
    const parts = { db, read: exact, version, clock, writer: way };
    return {
      deployTokens: createDeployTokens({ ...parts, lastUse: secretUse }),
      personalAccessTokens: createPersonalAccessTokens({ ...parts, lastUse: tokenUse }),
      convertedTokens: createConvertedTokens({ ...parts, read: strict, lastUse: convertedUse }),
      refreshTokens: createRefreshTokens({ ...parts, read: strict, lastUse: refreshUse }),
    };
  }

  return {
    ...tokensThrough(writer),
    isRefreshTokenHere: (hash: string) => local(() => refreshTokenHere.get(hash) !== undefined),
    jobTokenUses: uses.jobTokenUses,
    duringRepair: tokensThrough({ write: writer.writeWhileClosed, close: writer.close }),
    flush: async () => {
      const gatherers = [secretUse, tokenUse, convertedUse, refreshUse, uses];
      await Promise.all(gatherers.map((each) => each.flush()));
    },
  };
}

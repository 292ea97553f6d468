/** Every verb of the store's ports, with the calls of it that meet the faults. */
import { expect } from '@jest/globals';
import { directoryCases } from './directory-cases.ts';
import type { Store } from '../../../../src/store/ports.ts';
import { jobCases } from './job-cases.ts';
import { convertedTokenCases, jobTokenUseCases } from './converted-cases.ts';
import { refreshTokenCases } from './refresh-cases.ts';
import { deployTokenCases, personalAccessTokenCases } from './rotation-cases.ts';
import type { Cases, Prepare, Verbs } from './trial.ts';

const served = { served: true };

/** `serving` answers whatever happens, and must only not say that jobs are served when they are not. */
const storeCases: Cases<Pick<Verbs<Store>, 'ping' | 'settled' | 'serving' | 'gauges'>> = {
  ping: {
    '': ({ store }) => ({
      call: () => store.ping(),
      right: (answer) => expect(answer).toBeUndefined(),
    }),
  },
  settled: {
    '': ({ store }) => ({
      call: () => store.settled(),
      right: (answer) => expect(answer).toBeUndefined(),
    }),
  },
  serving: {
    '': ({ store }) => ({
      call: () => store.serving(),
      right: (answer) => expect(answer).toMatchObject({ anonymous: served }),
    }),
  },
  gauges: {
    '': ({ store }) => ({
      call: async () => store.gauges(),
      right: (answer) => expect(answer).toMatchObject({ breaker: expect.any(String) }),
    }),
  },
};

const ports = {
  store: storeCases,
  directory: directoryCases,
  jobs: jobCases,
  deployTokens: deployTokenCases,
  personalAccessTokens: personalAccessTokenCases,
  convertedTokens: convertedTokenCases,
  refreshTokens: refreshTokenCases,
  jobTokenUses: jobTokenUseCases,
};

export interface Case {
  /** `jobs.admit` */
  readonly verb: string;
  /** `jobs.admit of a live job` */
  readonly name: string;
  readonly prepare: Prepare;
}

export const allCases: readonly Case[] = Object.entries(ports).flatMap(([port, verbs]) =>
  Object.entries<Readonly<Record<string, Prepare>>>(verbs).flatMap(([verb, cases]) =>
    Object.entries(cases).map(([name, prepare]) => ({
      verb: `${port}.${verb}`,
      name: `${port}.${verb} ${name}`.trim(),
      prepare,
    })),
  ),
);

/** What a store has besides the verbs that instances call while they serve. */
const NOT_SERVING = new Set(['close', 'transfer', 'bulk', 'backup', 'checkIntegrity']);

/** The verbs of a store by the names of the cases. */
export function verbsOf(store: object): string[] {
  const members = Object.entries(store).filter(([name]) => !NOT_SERVING.has(name));
  const verbs = members.flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === 'function') return [`store.${name}`];
    if (member === null || typeof member !== 'object') return [];
    return Object.keys(member).map((verb) => `${name}.${verb}`);
  });
  return verbs.toSorted();
}

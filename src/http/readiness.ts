/** Who can be served now: what /readyz answers, and what the metrics say. */
import type { CredentialKind } from '../credential/credential-kind.ts';
import type { Settings } from '../settings/schema.ts';
import type { Serving, ServingState, Store } from '../store/ports.ts';

/** An extended job token is served where a job token is, a refresh token where a personal access token is. */
type ReportedKind = Exclude<CredentialKind, 'extended_job_token' | 'refresh_token'>;

export interface ReadinessDeps {
  readonly keys: { state(): { readonly ok: boolean } };
  readonly store: Store;
  readonly settings: Settings;
}

export interface Readiness {
  /** `degraded`: something cannot be answered for, but some kind of credential is served. `unavailable`: none is. */
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly signing: boolean;
  readonly store: boolean;
  readonly credentials: Readonly<Record<ReportedKind, boolean>>;
  /** For each kind that is not served; absent where all are. */
  readonly why?: Readonly<Partial<Record<ReportedKind, string>>>;
}

const refusedTo = (why: string): ServingState => ({ served: false, why });

const NO_KEY = refusedTo('no registry token can be signed: there is no valid signing key');
const UNSIGNED: Serving = { jobTokens: NO_KEY, storedTokens: NO_KEY, anonymous: NO_KEY };

/** What the store can answer for, as far as an answer can be signed. Switches in the settings do not count. */
export async function servingNow({ keys, store }: Omit<ReadinessDeps, 'settings'>) {
  return keys.state().ok ? store.serving() : UNSIGNED;
}

async function answers(store: Store): Promise<boolean> {
  try {
    await store.ping();
    return true;
  } catch {
    return false;
  }
}

/** What each kind of credential would get, with the switches in the settings. */
function statesOf(serving: Serving, settings: Settings): Record<ReportedKind, ServingState> {
  const { jobTokens, storedTokens } = serving;
  const { anonymous, credentials } = settings;
  return {
    anonymous: anonymous.pull ? serving.anonymous : refusedTo('switched off: anonymous.pull'),
    job_token: jobTokens,
    deploy_token: storedTokens,
    personal_access_token: storedTokens,
    password: credentials.password ? storedTokens : refusedTo('switched off: credentials.password'),
  };
}

export async function readiness(deps: ReadinessDeps): Promise<Readiness> {
  const [serving, store] = await Promise.all([servingNow(deps), answers(deps.store)]);
  const states = statesOf(serving, deps.settings);
  const kinds = Object.entries(states) as [ReportedKind, ServingState][];
  const refused = kinds.flatMap(([kind, state]) => (state.served ? [] : [[kind, state.why]]));
  const whole = Object.values(serving).every(({ served }: ServingState) => served);
  return {
    status: refused.length === kinds.length ? 'unavailable' : whole ? 'ready' : 'degraded',
    signing: deps.keys.state().ok,
    store,
    credentials: Object.fromEntries(
      kinds.map(([kind, { served }]) => [kind, served]),
    ) as Readiness['credentials'],
    ...(refused.length > 0 && { why: Object.fromEntries(refused) as Readiness['why'] & object }),
  };
}

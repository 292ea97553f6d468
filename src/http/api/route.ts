/**
 * One route as a value: what it takes, who may call it, what it does. The list of all (routes.ts) is what the router
 * mounts, and what a sweep over every route or a generator of documents reads.
 */
import { z } from 'zod';
import type { Changes, RecordChange } from '../../audit/changes.ts';
import type { SearchEvents } from '../../audit/search.ts';
import type { Logger } from '../../log.ts';
import type { LifecycleDependencies } from '../../lifecycle/dependencies.ts';
import type { PersonalAccessTokenScope } from '../../lifecycle/personal-access-tokens.ts';
import type { PersonalAccessTokenRecord } from '../../store/records.ts';
import type { Caller, JobCaller, UserCaller } from './caller.ts';
import type { PageReply } from './pagination.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Callers {
  readonly user: UserCaller;
  readonly job: JobCaller;
  readonly either: Caller;
}

export interface ApiDependencies extends LifecycleDependencies {
  readonly log: Logger;
  readonly changes: Changes;
  /** null: this instance keeps no files of the audit stream. */
  readonly searchEvents: SearchEvents | null;
}

export interface ApiRequest<C, P, Q, B> {
  readonly caller: C;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Writes a change into the audit stream, once it has happened, in the name of the caller. */
  readonly audit: RecordChange;
  /** True where the caller asks for `text/csv`. */
  readonly csv: boolean;
}

export interface Reply {
  readonly status: number;
  /** undefined: no body. */
  readonly body?: unknown;
  /** For a list: which slice it is, for the pagination headers. */
  readonly slice?: PageReply;
  /** For a list whose length nobody knows: parameters of the request for what comes next; null: this is the end. */
  readonly next?: Readonly<Record<string, string>> | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that is no JSON, of the type that `headers` say. */
  readonly text?: string;
  /** What the log line of a change says besides caller and route. Ids and names only. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** Any of these scopes opens the route; `any`: every token does. */
export type RouteScopes = readonly PersonalAccessTokenScope[] | 'any';

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  /** Of the body, closed, with `.meta({ example })` where an example helps; null: there is none. */
  readonly body: z.ZodType | null;
  /** The same as text of another type, for who asks for it. */
  readonly also?: 'text/csv';
}

type OnRevokedCaller = (
  deps: ApiDependencies & { readonly audit: RecordChange },
  token: PersonalAccessTokenRecord,
) => Promise<void>;

interface RouteDefinition<
  K extends keyof Callers,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
> {
  readonly method: Method;
  /** Under /api/v4; `:id` takes a number or a URL-encoded full path. */
  readonly path: string;
  /** What it does, for the log: `project.create`. */
  readonly action: string;
  readonly callers: K;
  /** Default: `api`, and `read_api` too for a GET. Job tokens have no scopes. */
  readonly scopes?: RouteScopes;
  /** False: a question that needs a body, and changes nothing. Default: all but a GET change something. */
  readonly changes?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** One sentence for people: what the route does. */
  readonly summary: string;
  /** Whom the handler lets do it, where that is not everybody: `Maintainers of the project`. */
  readonly who?: string;
  /** What it answers with when all is well. */
  readonly answer: Answer;
  /** Bytes of a body; default 64 KiB. */
  readonly bodyLimit?: number;
  /** Told of a caller whose personal access token has been revoked, before the 401. */
  readonly onRevokedCaller?: OnRevokedCaller;
  handler(
    request: ApiRequest<Callers[K], z.output<P>, z.output<Q>, z.output<B>>,
    deps: ApiDependencies,
  ): Promise<Reply>;
}

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly action: string;
  readonly summary: string;
  readonly who?: string;
  readonly answer: Answer;
  readonly callers: keyof Callers;
  readonly scopes: RouteScopes;
  readonly changes: boolean;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly bodyLimit?: number;
  readonly onRevokedCaller?: OnRevokedCaller;
  handler(
    request: ApiRequest<Caller, unknown, unknown, unknown>,
    deps: ApiDependencies,
  ): Promise<Reply>;
}

const noFields = z.strictObject({});

const READ_SCOPES: RouteScopes = ['api', 'read_api'];
const CHANGE_SCOPES: RouteScopes = ['api'];

/** Ties the handler's types to the schemas. The router hands over only what these schemas and callers let through. */
export function route<
  K extends keyof Callers,
  P extends z.ZodType = typeof noFields,
  Q extends z.ZodType = typeof noFields,
  B extends z.ZodType = typeof noFields,
>(definition: RouteDefinition<K, P, Q, B>): Route {
  const { params = noFields, query = noFields, body = noFields } = definition;
  const scopes = definition.scopes ?? (definition.method === 'get' ? READ_SCOPES : CHANGE_SCOPES);
  const changes = definition.changes ?? definition.method !== 'get';
  return { ...definition, params, query, body, scopes, changes };
}

export const ok = (body: unknown, about: Reply['about'] = {}): Reply => ({
  status: 200,
  body,
  about,
});
export const created = (body: unknown, about: Reply['about'] = {}): Reply => ({
  status: 201,
  body,
  about,
});
export const acceptedSchema = z
  .strictObject({ message: z.literal('202 Accepted') })
  .meta({ id: 'Accepted' });
/** GitLab deletes projects and groups in the background and says so; here it is done already. */
export const accepted = (about: Reply['about'] = {}): Reply => ({
  status: 202,
  body: { message: '202 Accepted' },
  about,
});
export const noContent = (about: Reply['about'] = {}): Reply => ({ status: 204, about });

/**
 * One route as a value: what it takes, who may call it, what it does. The list of all (routes.ts) is what the router
 * mounts, and what a sweep over every route or a generator of documents reads.
 */
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import type { LifecycleDependencies } from '../../lifecycle/dependencies.ts';
import type { PersonalAccessTokenScope } from '../../lifecycle/personal-access-tokens.ts';
import type { Caller, JobCaller, UserCaller } from './caller.ts';
import type { PageRequest } from './pagination.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Callers {
  readonly user: UserCaller;
  readonly job: JobCaller;
  readonly either: Caller;
}

export interface ApiDependencies extends LifecycleDependencies {
  readonly log: Logger;
}

export interface ApiRequest<C, P, Q, B> {
  readonly caller: C;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Reply {
  readonly status: number;
  /** undefined: no body. */
  readonly body?: unknown;
  /** For a list: which slice it is, for the pagination headers. */
  readonly slice?: PageRequest & { readonly total: number };
  /** What the log line of a change says besides caller and route. Ids and names only. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** Any of these scopes opens the route; `any`: every token does. */
export type RouteScopes = readonly PersonalAccessTokenScope[] | 'any';

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
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  handler(
    request: ApiRequest<Callers[K], z.output<P>, z.output<Q>, z.output<B>>,
    deps: ApiDependencies,
  ): Promise<Reply>;
}

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly action: string;
  readonly callers: keyof Callers;
  readonly scopes: RouteScopes;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
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
  return { ...definition, params, query, body, scopes };
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
/** GitLab deletes projects and groups in the background and says so; here it is done already. */
export const accepted = (about: Reply['about'] = {}): Reply => ({
  status: 202,
  body: { message: '202 Accepted' },
  about,
});
export const noContent = (about: Reply['about'] = {}): Reply => ({ status: 204, about });

/**
 * Who acts, once a credential has been checked: the actor, what the credential lets the actor do with a registry at
 * all, and when that ends. Times are milliseconds since the epoch.
 */

/** GitLab's authentication abilities on container images. A build has its own names, so none stands in for another. */
export type Ability =
  | 'read_container_image'
  | 'create_container_image'
  | 'admin_container_image'
  | 'build_read_container_image'
  | 'build_create_container_image'
  | 'build_destroy_container_image';

export interface Actor {
  readonly id: number;
  readonly username: string;
  readonly admin: boolean;
  readonly external: boolean;
}

/** A job's `permissions: {containers: …}`; null where the job names none and the default list applies. */
export type ContainersPermission = 'none' | 'read' | 'write' | 'delete';

export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

export interface UserPrincipal {
  readonly kind: 'user';
  readonly via: 'personal_access_token' | 'password';
  readonly actor: Actor;
  readonly abilities: ReadonlySet<Ability>;
  /** The personal access token's id; null for a password. */
  readonly tokenId: number | null;
  readonly expiresAt: number | null;
  /** Of the refresh token that came in the credential's place; absent where the credential came itself. */
  readonly refreshTokenId?: number;
}

export interface DeployTokenPrincipal {
  readonly kind: 'deploy_token';
  readonly tokenId: number;
  readonly username: string;
  readonly holder: { readonly kind: 'project' | 'group'; readonly id: number };
  readonly abilities: ReadonlySet<Ability>;
  readonly expiresAt: number | null;
}

export interface JobPrincipal {
  readonly kind: 'job';
  readonly jobId: number;
  readonly pipelineId: number | null;
  readonly projectId: number;
  readonly runnerId: number | null;
  /** The user who triggered the job. Policy never looks at `admin` here. */
  readonly actor: Actor;
  readonly abilities: ReadonlySet<Ability>;
  readonly permissions: ContainersPermission | null;
  /** The upper cap that the token's own signed `scope` claim sets; null for an opaque token. */
  readonly scopeCap: ScopeCap | null;
  /** True: it came with the extended token, which only some runners are handed (EXT-12). */
  readonly extended: boolean;
  /** The id of the converted token (CD-09) where the job has ended; null while it runs. */
  readonly convertedId: number | null;
  /** The job's deadline, or the converted token's end. */
  readonly expiresAt: number;
}

/** Permission name (`READ_CONTAINERS`, …) → ids of the projects it is good for; `'*'` where it names no resource. */
export type ScopeCap = ReadonlyMap<string, ReadonlySet<number> | '*'>;

export type Principal = AnonymousPrincipal | UserPrincipal | DeployTokenPrincipal | JobPrincipal;

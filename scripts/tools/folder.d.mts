export interface Tool {
  readonly path: string;
  readonly version?: string;
}

/** Every tool that is there, by its name: `crane`, `sid/podman`. */
export function locateTools(): Readonly<Record<string, Tool>>;

/** The names of those that are not there; `byHand` are those that no registry of packages has. */
export function missingTools(): { readonly missing: string[]; readonly byHand: string[] };

export const toolsFolder: string;

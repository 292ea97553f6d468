/** A client of the matrix: a real program, described as the command lines of each thing that a person does with it. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locateTools } from '../../scripts/tools/folder.mjs';
import type { Login } from '../registry/world.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';

export const VERBS = ['login', 'push', 'pull', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

/** What all clients push, and where. */
export interface Place {
  /** host:port of the registry. */
  readonly registry: string;
  /** host:port of the same registry by TLS, and the certificate that it shows. */
  readonly tls: { readonly registry: string; readonly certificate: string };
  /** Short, for sockets; removed at the end. */
  readonly folder: string;
  /** An OCI image layout with one image, tag `v1`. */
  readonly layout: string;
  readonly layoutTar: string;
  /** The one layer, uncompressed, for clients that import. */
  readonly layerTar: string;
  readonly digest: string;
}

export interface Attempt extends Place {
  /** Whose password it is, or null for nobody. */
  readonly login: Login | null;
  readonly repository: string;
  /** host:port/repository:v1 */
  readonly reference: string;
  /** Fresh for each attempt. */
  readonly own: string;
}

export interface Shown {
  readonly ok: boolean;
  /** What the person sees where it was not. */
  readonly text: string;
}

export interface Client {
  readonly name: string;
  readonly version: string;
  /** What it can do, each at a place; no login where that asks nobody. Rejects where it hangs. */
  readonly verbs: Partial<Record<Verb, (attempt: Attempt) => Promise<Shown>>>;
  close(): Promise<void>;
}

export interface Command {
  readonly args: readonly string[];
  readonly input?: string;
  /** What comes of it counts for nothing. */
  readonly optional?: boolean;
}

export type Lines = (attempt: Attempt) => readonly Command[];

/** A client as data. */
export interface ClientData {
  readonly name: string;
  /** A name of scripts/tools/pinned.json. */
  readonly tool: string;
  readonly verbs: Partial<Record<Verb, Lines>>;
  /** True for a client that goes to the registry by TLS only. */
  readonly tls?: boolean;
  readonly environment?: (attempt: Attempt) => NodeJS.ProcessEnv;
  /** Starts what the client works with; resolves to how it is ended. */
  readonly service?: (place: Place, binaries: string) => Promise<() => Promise<void>>;
}

/** Programs of containers/image read a policy; this one takes every image. */
const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}';

export async function makeHome(place: Place): Promise<string> {
  const home = join(place.folder, 'home');
  await mkdir(join(home, '.config', 'containers'), { recursive: true });
  await writeFile(join(home, '.config', 'containers', 'policy.json'), POLICY);
  return home;
}

/** Milliseconds: some try a refusal again and again, and wait longer each time. */
const PATIENCE = 90_000;

function commandVerb(data: ClientData, program: string, home: string, lines: Lines) {
  return async (attempt: Attempt): Promise<Shown> => {
    const own = await mkdtemp(join(attempt.folder, 'a-'));
    const { registry, certificate } = attempt.tls;
    const at = { ...attempt, own, ...(data.tls && { registry }) };
    const tls = data.tls === true ? { SSL_CERT_FILE: certificate } : {};
    const env = plainEnvironment({ HOME: home, ...tls, ...data.environment?.(at) });
    for (const { args, input, optional } of lines(at)) {
      const options = { env, cwd: own, patience: PATIENCE, ...(input && { input }) };
      const { code, stdout, stderr } = await runProgram(program, args, options);
      if (code === null)
        throw new Error(`${data.name} hung or was killed: ${args.join(' ')}\n${stderr}`);
      if (code !== 0 && optional !== true) {
        return { ok: false, text: stderr.trim() || stdout.trim() || `exit code ${code}` };
      }
    }
    return { ok: true, text: '' };
  };
}

/** null where its program is not there. */
export async function openClient(data: ClientData, place: Place): Promise<Client | null> {
  const tool = locateTools()[data.tool];
  if (tool === undefined) return null;
  const home = await makeHome(place);
  const end = await data.service?.(place, join(tool.path, '..'));
  const verbs: Partial<Record<Verb, (attempt: Attempt) => Promise<Shown>>> = {};
  for (const [verb, lines] of Object.entries(data.verbs)) {
    verbs[verb as Verb] = commandVerb(data, tool.path, home, lines);
  }
  return {
    name: data.name,
    version: (tool.version ?? '').replace(/^\d+:/, ''),
    verbs,
    close: async () => end?.(),
  };
}

/** `line('podman', 'login')` → one command. */
export const line = (...args: readonly string[]): Command => ({ args });

/** Commands that only run for somebody. */
export const forSomebody = (
  login: Login | null,
  lines: (login: Login) => readonly Command[],
): readonly Command[] => (login === null ? [] : lines(login));

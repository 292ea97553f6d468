/** What every command gets: the world outside, and how to reach settings and server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { Secret } from '../credential/secret.ts';
import { readSecretFile } from '../settings/secret-file.ts';
import type { Settings } from '../settings/schema.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { CommandError, EXIT } from './exit-codes.ts';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether standard error is a terminal, on which a line can be written again. */
  readonly isTerminal?: boolean;
  /** Characters in a line of the terminal that standard output is; undefined where it is none. */
  readonly columns?: number | undefined;
  /** Asks a person and resolves to the line typed; undefined where there is nobody to ask. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** All of standard input; rejects with a CommandError where it is more than `limit` bytes. */
  readonly readInput?: (limit: number) => Promise<string>;
  /** Standard input, piece by piece. */
  readonly input?: () => AsyncIterable<Uint8Array>;
  /** Resolves once standard output can take more without keeping it in memory. */
  readonly written?: () => Promise<void>;
  /** Asks at a terminal without showing what is typed; else reads the first line of standard input. */
  readonly readSecret: (prompt: string) => Promise<Secret>;
  readonly clock: Clock;
}

export interface Context extends Io {
  /** The file that `--config` names. */
  readonly configFile: () => string | undefined;
  /** @param variables of the environment, as if they had been set; they win */
  readonly loadSettings: (variables?: Io['env']) => Promise<Settings>;
  readonly api: () => Promise<ApiClient>;
}

export function createContext(io: Io, configFile: () => string | undefined): Context {
  const load = async (variables?: Io['env']): Promise<Settings> => {
    // Loaded late: most of what a command costs is the schema and the YAML reader.
    const { loadSettings } = await import('../settings/load.ts');
    return loadSettings({ file: configFile(), env: { ...io.env, ...variables }, cwd: io.cwd });
  };
  return {
    ...io,
    configFile,
    loadSettings: load,
    api: async () => {
      const url = io.env['WHARFPASS_URL'] ?? localApiUrl(await load());
      const jobToken = givenJobToken(io);
      const token = jobToken ?? givenToken(io) ?? localAdminToken(url, await load());
      warnOfPlainHttp(url, io);
      const header = jobToken === null ? 'PRIVATE-TOKEN' : 'JOB-TOKEN';
      const onWait = (seconds: number): void =>
        io.stderr(`The server takes no more requests for now. Going on in ${seconds} seconds.\n`);
      return createApiClient({ url, token, header, onWait });
    },
  };
}

/** Where a server with these settings is reached from the same machine. */
export function localUrl({ listen }: Pick<Settings, 'listen'>): string {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };
  return `http://${everywhere[host] ?? host}:${port}`;
}

/** The same for the REST API, which may have a listener of its own or none. */
function localApiUrl({ listen, api }: Settings): string {
  if (api.listen !== 'off') return localUrl({ listen: api.listen ?? listen });
  const message =
    'This server has no REST API (api.listen is off), and this command needs it.\n' +
    'Set api.listen to an address such as 127.0.0.1:5002, or WHARFPASS_URL to where another server is.';
  throw new CommandError(EXIT.configuration, message);
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A job's own commands: `job self`, `job heartbeat`, `explain`. */
function givenJobToken({ env }: Io): Secret | null {
  const text = env['WHARFPASS_JOB_TOKEN'] ?? '';
  return text === '' ? null : new Secret(text);
}

function givenToken({ env }: Io): Secret | null {
  const text = env['WHARFPASS_TOKEN'];
  if (text !== undefined && text !== '') return new Secret(text);
  const file = env['WHARFPASS_TOKEN_FILE'];
  if (file === undefined) return null;
  const answer = readSecretFile(file);
  if ('text' in answer) return new Secret(answer.text);
  throw new CommandError(EXIT.configuration, `WHARFPASS_TOKEN_FILE ${answer.trouble}.`);
}

/** The administrator's token stays on its machine. */
function localAdminToken(url: string, settings: Settings): Secret {
  const path = join(settings.data_dir, 'admin-token');
  const advice = 'Set WHARFPASS_TOKEN to a personal access token with the scope api.';
  if (!isLoopback(url)) throw new CommandError(EXIT.notAllowed, `${url} needs a token. ${advice}`);
  if (settings.admin_token !== undefined) return settings.admin_token;
  try {
    return new Secret(readFileSync(path, 'utf8').trim());
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const made = code === 'ENOENT' ? ' It is made when the server first starts (`npm start`).' : '';
    const message = `The administrator's token cannot be read from ${path} (${code}).${made}\n${advice}`;
    throw new CommandError(EXIT.notAllowed, message);
  }
}

function warnOfPlainHttp(url: string, io: Io): void {
  if (!url.startsWith('http:') || isLoopback(url)) return;
  io.stderr(`Warning: ${url} is not encrypted; whoever is on the way can read the token.\n`);
}

/** A wharfpass in a process of its own, for clients of its REST API. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distDir } from '../support/built.ts';
import { answers, freePort, plainEnvironment, startService } from '../support/run-program.ts';

export interface ApiServer {
  /** http://127.0.0.1:<port> */
  readonly url: string;
  readonly pid: number;
  /** The administrator's. */
  readonly token: string;
  /** A fresh folder, removed at the end. */
  readonly folder: string;
  /** All that it has written so far. */
  output(): string;
  /** A REST call; rejects where it is refused. */
  api<T>(method: string, path: string, body?: object): Promise<T>;
  close(): Promise<void>;
}

/** @param settings variables of its environment */
export async function startApiServer(settings: NodeJS.ProcessEnv = {}): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-api-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const env = plainEnvironment({ WHARFPASS_LISTEN: url.slice('http://'.length), ...settings });
  const service = await startService(process.execPath, [join(distDir(), 'main.js'), 'serve'], {
    env,
    cwd: folder,
    ready: answers(`${url}/healthz`, 200),
  });
  const token = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim();
  return {
    url,
    pid: service.child.pid ?? 0,
    token,
    folder,
    output: service.output,
    async api<T>(method: string, path: string, body?: object) {
      const response = await fetch(`${url}/api/v4${path}`, {
        method,
        headers: { 'PRIVATE-TOKEN': token, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async close() {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

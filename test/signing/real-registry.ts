/** A registry that checks tokens against one file, and nothing else: Debian's, or another Distribution. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePort, plainEnvironment, startService } from '../support/run-program.ts';

export interface BundleRegistry {
  /** The answer to `GET /v2/` with the token: 200 or 401. */
  status(token: string): Promise<number>;
  /** Starts it anew with other certificates, as an operator does. */
  restart(bundle: string): Promise<void>;
  close(): Promise<void>;
}

export async function startBundleRegistry(
  program: string,
  bundle: string,
  /** Which setting the file is named by; `jwks` is known to Distribution 3 only. */
  trust: 'rootcertbundle' | 'jwks' = 'rootcertbundle',
): Promise<BundleRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-registry-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v2/`;
  const bundleFile = join(folder, trust);
  const configuration = join(folder, 'config.yml');
  const token = {
    realm: 'http://127.0.0.1/token',
    service: 'container_registry',
    issuer: 'wharfpass',
    [trust]: bundleFile,
  };
  const settings = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { token },
  };
  await writeFile(configuration, JSON.stringify(settings));
  const start = async (certificates: string) => {
    await writeFile(bundleFile, certificates);
    const env = plainEnvironment({ OTEL_TRACES_EXPORTER: 'none' });
    return await startService(program, ['serve', configuration], { env, ready: answers(url, 401) });
  };
  let service = await start(bundle);
  return {
    async status(bearer) {
      const response = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } });
      await response.arrayBuffer();
      return response.status;
    },
    async restart(certificates) {
      await service.stop();
      service = await start(certificates);
    },
    async close() {
      await service.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

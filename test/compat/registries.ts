/** The registries of the matrix, each a real program that sends its clients to a wharfpass of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locateTools } from '../../scripts/tools/folder.mjs';
import type { StartRegistry } from '../registry/world.ts';
import { distDir, root } from '../support/built.ts';
import { answers, plainEnvironment, runProgram, startService } from '../support/run-program.ts';

export interface Registry {
  readonly name: string;
  /** A name of scripts/tools/pinned.json. */
  readonly tool: string;
  /** What its service is set to: variables of the server's environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly start: (program: string) => StartRegistry;
}

const SERVICE = 'WHARFPASS_SERVICES__CONTAINER_REGISTRY__';

const isUp = (port: number) => answers(`http://127.0.0.1:${port}/v2/`, 401);

/** All of Distribution takes the same configuration; 2.8 ignores what only 3 reads. */
const distribution =
  (program: string): StartRegistry =>
  (folder, url, port) => {
    const env = plainEnvironment({
      REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
      REGISTRY_AUTH_TOKEN_REALM: `${url}/token`,
      REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: join(folder, 'keys', 'ca.crt'),
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(folder, 'registry'),
      OTEL_TRACES_EXPORTER: 'none',
    });
    const config = join(root, 'registry-config.yml');
    return startService(program, ['serve', config], { env, ready: isUp(port) });
  };

/** A key of its own, and compared with the certificate itself: docs/registries.md. */
const ZOT = {
  [`${SERVICE}REGISTRY`]: 'zot',
  [`${SERVICE}KEY`]: 'own',
  [`${SERVICE}HEADER`]: 'kid-jwks',
};

async function writeCertificate(folder: string): Promise<string> {
  const env = plainEnvironment({ WHARFPASS_KEYS_DIR: join(folder, 'keys'), ...ZOT });
  const args = ['keys', 'export', '--format', 'certificate', '--service', 'container_registry'];
  const exported = await runProgram(process.execPath, [join(distDir(), 'main.js'), ...args], {
    env,
    cwd: folder,
  });
  if (exported.code !== 0) throw new Error(exported.stderr);
  const file = join(folder, 'zot.crt');
  await writeFile(file, exported.stdout);
  return file;
}

const zot =
  (program: string): StartRegistry =>
  async (folder, url, port) => {
    const service = 'container_registry';
    const cert = await writeCertificate(folder);
    const config = join(folder, 'zot.json');
    const settings = {
      distSpecVersion: '1.1.1',
      storage: { rootDirectory: join(folder, 'registry'), gc: false, dedupe: false },
      http: {
        address: '127.0.0.1',
        port: String(port),
        // Engines without containerd's image store push Docker's own manifests.
        compat: ['docker2s2'],
        auth: { bearer: { realm: `${url}/token`, service, cert } },
      },
      log: { level: 'info' },
    };
    await writeFile(config, JSON.stringify(settings));
    return startService(program, ['serve', config], {
      env: plainEnvironment(),
      ready: isUp(port),
    });
  };

export const REGISTRIES: readonly Registry[] = [
  {
    name: 'Distribution 2.8',
    tool: 'bookworm/docker-registry',
    settings: { [`${SERVICE}REGISTRY`]: 'distribution-2' },
    start: distribution,
  },
  {
    name: 'Distribution 3.0',
    tool: 'distribution-3.0',
    settings: { [`${SERVICE}REGISTRY`]: 'any' },
    start: distribution,
  },
  {
    name: 'Distribution 3.1',
    tool: 'distribution-3.1',
    // docker keeps a refresh token here in place of a person's password.
    settings: { [`${SERVICE}REGISTRY`]: 'distribution-3', [`${SERVICE}REFRESH_TOKENS`]: 'true' },
    start: distribution,
  },
  {
    name: 'zot',
    tool: 'zot',
    settings: ZOT,
    start: zot,
  },
];

/** The program of a registry, and null where it is not there. */
export const programOf = ({ tool }: Registry): string | null => locateTools()[tool]?.path ?? null;

/** Runs the README: its shell blocks, in their order, as somebody who follows them would. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobOf } from '../../scripts/example-image.mjs';
import { describeWith } from '../support/programs.ts';
import { root } from '../support/built.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
  type Service,
} from '../support/run-program.ts';

describeWith(['docker-registry', 'skopeo', 'curl'], 'the first day with the README', () => {
  let folder: string;
  let services: Service[];
  let blocks: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wharfpass-first-day-'));
    services = [];
    const text = await readFile(join(root, 'README.md'), 'utf8');
    blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
    for (const name of ['package.json', 'scripts', 'registry-config.yml', 'config']) {
      await symlink(join(root, name), join(folder, name));
    }
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('npm start, a registry, and a push and a pull, word for word', async () => {
    const [port, registryPort] = [await freePort(), await freePort()];
    const env = plainEnvironment({
      WHARFPASS_LISTEN: `127.0.0.1:${port}`,
      WHARFPASS_REGISTRY: `127.0.0.1:${registryPort}`,
      REGISTRY_HTTP_ADDR: `127.0.0.1:${registryPort}`,
      REGISTRY_AUTH_TOKEN_REALM: `http://localhost:${port}/token`,
    });
    const [start = '', serve = '', ...rest] = blocks;
    expect(rest.length).toBeGreaterThan(4);
    const background = async (block: string, ready: () => Promise<boolean>): Promise<void> => {
      const service = await startService('bash', ['-c', `exec ${block}`], {
        env,
        cwd: folder,
        ready,
      });
      services.push(service);
    };
    await background(start, answers(`http://127.0.0.1:${port}/healthz`, 200));
    await background(serve, answers(`http://127.0.0.1:${registryPort}/v2/`, 401));

    const script = rest
      .join('\n')
      .replaceAll('localhost:5001', `localhost:${port}`)
      .replaceAll('127.0.0.1:5000', `127.0.0.1:${registryPort}`)
      .replaceAll(/skopeo (copy|inspect)/g, 'skopeo --insecure-policy $1');
    const { code, stdout, stderr } = await runProgram('bash', ['-euo', 'pipefail', '-c', script], {
      // skopeo's own variable; a registry would take it for a setting.
      env: { ...env, REGISTRY_AUTH_FILE: join(folder, 'auth.json') },
      cwd: folder,
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining('invalid username/password')]);
    expect(stdout).toContain('Login Succeeded!');
    expect(stdout).toContain('refused, as it should be');
    const pulled = await readFile(join(folder, 'data/pulled/manifest.json'), 'utf8');
    const { manifests } = JSON.parse(
      await readFile(join(folder, 'data/image/index.json'), 'utf8'),
    ) as { manifests: { digest: string }[] };
    expect([blobOf(Buffer.from(pulled)).digest]).toEqual(manifests.map(({ digest }) => digest));
  });
});

/** A registry of the matrix with its wharfpass, and all that clients need to come to it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pushedProject } from '../registry/clients.ts';
import { startWorld, type World } from '../registry/world.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import type { Place } from './client.ts';
import { programOf, type Registry } from './registries.ts';
import { startTlsFront } from './tls.ts';

export interface Harbour {
  readonly world: World;
  readonly place: Place;
  /** What anybody may pull. */
  readonly publicRepository: string;
  close(): Promise<void>;
}

export async function openHarbour(registry: Registry): Promise<Harbour> {
  const program = programOf(registry);
  if (program === null) throw new Error(`${registry.name} is not there`);
  const world = await startWorld(registry.settings, registry.start(program));
  // Sockets have short names.
  const folder = await mkdtemp(join(tmpdir(), 'wp-'));
  const tls = await startTlsFront(folder, world.registry);
  const layout = world.image.source.replace(/^oci:(.*):v1$/, '$1');
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
    manifests: [{ digest: string }];
  };
  const layerTar = join(folder, 'layer.tar');
  await writeFile(layerTar, gunzipSync(world.image.layer.bytes));
  const layoutTar = join(folder, 'layout.tar');
  const env = plainEnvironment();
  const packed = await runProgram('tar', ['-C', layout, '-cf', layoutTar, '.'], { env });
  if (packed.code !== 0) throw new Error(packed.stderr);
  const { project } = await pushedProject(world, 'public');
  return {
    world,
    publicRepository: project.path,
    place: {
      registry: world.registry,
      tls,
      folder,
      layout,
      layoutTar,
      layerTar,
      digest: index.manifests[0].digest,
    },
    close: async () => {
      await Promise.all([world.close(), tls.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** containerd by its own command, ctr: it asks for a token by POST first, then by GET. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainEnvironment, startService } from '../../support/run-program.ts';
import { line, type Attempt, type ClientData, type Command, type Place } from '../client.ts';

const socketOf = ({ folder }: Place, name: string): string => join(folder, name, 's.sock');

/** No part of it that runs containers is wanted here. */
const NOT_WANTED = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.cri.v1.images',
  'io.containerd.cri.v1.runtime',
];

async function startContainerd(place: Place, name: string, binaries: string) {
  const home = join(place.folder, name);
  await mkdir(home, { recursive: true });
  const config = [
    'version = 2',
    `root = "${home}/root"`,
    `state = "${home}/state"`,
    `disabled_plugins = ${JSON.stringify(NOT_WANTED)}`,
    `[grpc]\n  address = "${socketOf(place, name)}"`,
    `[ttrpc]\n  address = "${socketOf(place, name)}.ttrpc"`,
  ];
  await writeFile(join(home, 'config.toml'), `${config.join('\n')}\n`);
  const service = await startService(
    join(binaries, 'containerd'),
    ['-c', join(home, 'config.toml')],
    { env: plainEnvironment(), ready: async () => existsSync(socketOf(place, name)) },
  );
  return async () => void (await service.stop());
}

/** @param local whether ctr has to be told to work itself, and not in the daemon (2.x) */
function ctr(name: string, tool: string, local: boolean): ClientData {
  const folder = `ctr${local ? 2 : 1}`;
  const images = (at: Attempt, ...args: string[]): readonly string[] => [
    '-a',
    socketOf(at, folder),
    'images',
    ...args,
  ];
  const remote = ({ login }: Attempt): readonly string[] => [
    ...(local ? ['--local'] : []),
    '--plain-http',
    ...(login === null ? [] : ['--user', `${login.username}:${login.password}`]),
  ];
  const forget = (at: Attempt): Command => ({
    args: images(at, 'rm', '--sync', at.reference),
    optional: true,
  });
  return {
    name,
    tool,
    service: (place, binaries) => startContainerd(place, folder, binaries),
    verbs: {
      push: (at) => [
        line(
          ...images(at, 'import', ...(local ? ['--local'] : []), '--no-unpack'),
          '--base-name',
          `${at.registry}/${at.repository}`,
          at.layoutTar,
        ),
        line(...images(at, 'push', ...remote(at), at.reference)),
      ],
      pull: (at) => [
        forget(at),
        line(...images(at, 'pull', '--snapshotter', 'native', ...remote(at), at.reference)),
      ],
    },
  };
}

export const CONTAINERD_CLIENTS: readonly ClientData[] = [
  ctr('containerd (ctr), oldest', 'bookworm/ctr', false),
  ctr('containerd (ctr), newest', 'sid/ctr', true),
];

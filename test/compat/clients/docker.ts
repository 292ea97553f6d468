/** docker: its command alone, which logs in without an engine, and the engine with either store of images. */
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import { plainEnvironment, runProgram, startService } from '../../support/run-program.ts';
import { forSomebody, line, type Attempt, type ClientData, type Command } from '../client.ts';
import type { Place } from '../client.ts';

const signIn = ({ login, registry }: Attempt): readonly Command[] =>
  forSomebody(login, ({ username, password }) => [
    { args: ['login', '-u', username, '--password-stdin', registry], input: password },
  ]);

const NO_ENGINE = 'unix:///nonexistent/docker.sock';

const engineless = (name: string, tool: string, tls: boolean): ClientData => ({
  name,
  tool,
  tls,
  environment: ({ own }) => ({ DOCKER_CONFIG: own, DOCKER_HOST: NO_ENGINE }),
  verbs: { login: signIn },
});

const answersPing = (socketPath: string) => () =>
  new Promise<boolean>((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false)).end();
  });

interface Engine {
  readonly folder: string;
  /** Of dockerd's configuration file. */
  readonly features: object;
  readonly driver: string;
}

async function startEngine(place: Place, binaries: string, { folder, features, driver }: Engine) {
  const home = join(place.folder, folder);
  await mkdir(home, { recursive: true });
  const config = join(home, 'daemon.json');
  await writeFile(config, JSON.stringify({ features }));
  const socket = join(home, 's.sock');
  const network = [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--ip-forward=false',
    '--userland-proxy=false',
  ];
  const args = [
    '--config-file',
    config,
    '--data-root',
    `${home}/data`,
    '--exec-root',
    `${home}/exec`,
    '-p',
    `${home}/pid`,
    '-H',
    `unix://${socket}`,
    '--storage-driver',
    driver,
    ...network,
  ];
  const PATH = [binaries, process.env['PATH']].join(delimiter);
  const env = plainEnvironment({ PATH });
  const ready = answersPing(socket);
  const service = await startService(join(binaries, 'dockerd'), args, { env, ready });
  return async () => {
    // It ends the containerd that it started, too, and may leave its folder mounted on itself.
    await service.stop();
    await runProgram('umount', [`${home}/data`], { env });
  };
}

function withEngine(name: string, tool: string, engine: Engine): ClientData {
  const environment = ({ own, folder }: Attempt): NodeJS.ProcessEnv => ({
    DOCKER_CONFIG: own,
    DOCKER_HOST: `unix://${join(folder, engine.folder, 's.sock')}`,
  });
  const forget = ({ reference }: Attempt): Command => ({
    args: ['rmi', '-f', reference],
    optional: true,
  });
  return {
    name,
    tool,
    environment,
    service: (place, binaries) => startEngine(place, binaries, engine),
    verbs: {
      login: signIn,
      push: (at) => [
        ...signIn(at),
        line('import', at.layerTar, at.reference),
        line('push', at.reference),
      ],
      pull: (at) => [...signIn(at), forget(at), line('pull', '-q', at.reference)],
    },
  };
}

export const DOCKER_CLIENTS: readonly ClientData[] = [
  engineless('docker login without an engine, oldest', 'bookworm/docker', false),
  // It speaks plain HTTP to nobody.
  engineless('docker login without an engine, newest', 'sid/docker', true),
  withEngine('docker engine, oldest', 'bookworm/docker', {
    folder: 'd20',
    features: {},
    driver: 'vfs',
  }),
  withEngine('docker engine, newest', 'sid/docker', {
    folder: 'd28',
    features: { 'containerd-snapshotter': false },
    driver: 'vfs',
  }),
  withEngine('docker engine, newest, containerd image store', 'sid/docker', {
    folder: 'd28c',
    features: { 'containerd-snapshotter': true },
    driver: 'native',
  }),
];

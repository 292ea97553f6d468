/** skopeo, podman and buildah: one library (containers/image) under three commands. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forSomebody, line, type Attempt, type ClientData, type Command } from '../client.ts';
import type { Place } from '../client.ts';

const noTls = '--tls-verify=false';

const signIn =
  (before: readonly string[]) =>
  ({ login, registry, own }: Attempt): readonly Command[] =>
    forSomebody(login, ({ username, password }) => {
      const authFile = ['--authfile', join(own, 'auth.json')];
      const args = [...before, 'login', ...authFile, noTls, '-u', username, '--password-stdin'];
      return [{ args: [...args, registry], input: password }];
    });

const skopeoSignIn = signIn([]);

const skopeoCredentials = (at: Attempt, side: 'src-' | 'dest-' | ''): readonly string[] =>
  at.login === null ? [`--${side}no-creds`] : ['--authfile', join(at.own, 'auth.json')];

const skopeo = (name: string, tool: string): ClientData => ({
  name,
  tool,
  verbs: {
    login: skopeoSignIn,
    push: (at) => [
      ...skopeoSignIn(at),
      line(
        'copy',
        '--dest-tls-verify=false',
        ...skopeoCredentials(at, 'dest-'),
        `oci:${at.layout}:v1`,
        `docker://${at.reference}`,
      ),
    ],
    pull: (at) => [
      ...skopeoSignIn(at),
      line(
        'copy',
        '--src-tls-verify=false',
        ...skopeoCredentials(at, 'src-'),
        `docker://${at.reference}`,
        `dir:${join(at.own, 'image')}`,
      ),
    ],
    delete: (at) => [
      ...skopeoSignIn(at),
      line('delete', noTls, ...skopeoCredentials(at, ''), `docker://${at.reference}`),
    ],
  },
});

/** Storage of an attempt's own, so that a pull finds nothing there already. */
const storage = ({ own }: Attempt): readonly string[] => {
  const roots = ['--root', join(own, 'root'), '--runroot', join(own, 'run')];
  return [...roots, '--storage-driver', 'vfs'];
};

const somebody = ({ login, own }: Attempt): readonly string[] =>
  login === null ? [] : ['--authfile', join(own, 'auth.json')];

/** They look for what would run containers before they do anything, though nothing is run here. */
async function writeConfig(place: Place, binaries: string): Promise<() => Promise<void>> {
  const lines = [
    '[engine]',
    'runtime = "runc"',
    `conmon_path = ["${binaries}/conmon"]`,
    `helper_binaries_dir = ["${binaries}"]`,
    '[engine.runtimes]',
    `runc = ["${binaries}/runc"]`,
  ];
  await writeFile(join(place.folder, 'containers.conf'), `${lines.join('\n')}\n`);
  return async () => undefined;
}

const configured = ({ folder }: Attempt): NodeJS.ProcessEnv => ({
  CONTAINERS_CONF: join(folder, 'containers.conf'),
  PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
});

const podmanBase = (at: Attempt): readonly string[] => [
  ...storage(at),
  '--tmpdir',
  join(at.own, 'tmp'),
  '--cgroup-manager=cgroupfs',
  '--events-backend=none',
];

const podman = (name: string, tool: string): ClientData => ({
  name,
  tool,
  service: writeConfig,
  environment: configured,
  verbs: {
    login: (at) => signIn(podmanBase(at))(at),
    push: (at) => [
      ...signIn(podmanBase(at))(at),
      line(...podmanBase(at), 'import', at.layerTar, at.reference),
      line(...podmanBase(at), 'push', ...somebody(at), noTls, at.reference),
    ],
    pull: (at) => [
      ...signIn(podmanBase(at))(at),
      line(...podmanBase(at), 'pull', '-q', ...somebody(at), noTls, at.reference),
    ],
  },
});

const buildah = (name: string, tool: string): ClientData => ({
  name,
  tool,
  service: writeConfig,
  environment: configured,
  verbs: {
    login: (at) => signIn(storage(at))(at),
    push: (at) => [
      ...signIn(storage(at))(at),
      line(...storage(at), 'from', '--name', 'work', 'scratch'),
      line(...storage(at), 'copy', 'work', at.layerTar, '/'),
      line(...storage(at), 'commit', '-q', 'work', at.reference),
      line(...storage(at), 'push', '-q', ...somebody(at), noTls, at.reference),
    ],
    pull: (at) => [
      ...signIn(storage(at))(at),
      line(...storage(at), 'pull', '-q', ...somebody(at), noTls, at.reference),
    ],
  },
});

export const CONTAINERS_CLIENTS: readonly ClientData[] = [
  podman('podman, oldest', 'bookworm/podman'),
  podman('podman, newest', 'sid/podman'),
  buildah('buildah, oldest', 'bookworm/buildah'),
  buildah('buildah, newest', 'sid/buildah'),
  skopeo('skopeo, oldest', 'bookworm/skopeo'),
  skopeo('skopeo, newest', 'sid/skopeo'),
];

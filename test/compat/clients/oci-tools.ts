/** crane, oras and regctl: clients without storage or a daemon. */
import { join } from 'node:path';
import { forSomebody, line, type Attempt, type ClientData, type Command } from '../client.ts';

const repositoryOf = ({ registry, repository }: Attempt): string => `${registry}/${repository}`;

/** Docker's own file of credentials, which crane and oras share. */
const dockerConfig = ({ own }: Attempt): NodeJS.ProcessEnv => ({ DOCKER_CONFIG: own });

const craneSignIn = ({ login, registry }: Attempt): readonly Command[] =>
  forSomebody(login, ({ username, password }) => [
    {
      args: ['auth', 'login', registry, '-u', username, '--password-stdin'],
      input: password,
    },
  ]);

const crane = (name: string, tool: string): ClientData => ({
  name,
  tool,
  environment: dockerConfig,
  verbs: {
    push: (at) => [...craneSignIn(at), line('push', at.layout, at.reference)],
    pull: (at) => [...craneSignIn(at), line('pull', at.reference, join(at.own, 'image.tar'))],
    delete: (at) => [...craneSignIn(at), line('delete', `${repositoryOf(at)}@${at.digest}`)],
  },
});

const orasSignIn = ({ login, registry }: Attempt): readonly Command[] =>
  forSomebody(login, ({ username, password }) => [
    {
      args: ['login', '--plain-http', registry, '-u', username, '--password-stdin'],
      input: password,
    },
  ]);

const oras = (name: string, tool: string): ClientData => ({
  name,
  tool,
  environment: dockerConfig,
  verbs: {
    login: orasSignIn,
    push: (at) => [
      ...orasSignIn(at),
      line('cp', '--from-oci-layout', `${at.layout}:v1`, '--to-plain-http', at.reference),
    ],
    pull: (at) => [
      ...orasSignIn(at),
      line('cp', '--from-plain-http', at.reference, '--to-oci-layout', `${join(at.own, 'i')}:v1`),
    ],
    delete: (at) => [
      ...orasSignIn(at),
      line('manifest', 'delete', '--plain-http', '-f', `${repositoryOf(at)}@${at.digest}`),
    ],
  },
});

/** Older ones ask the registry nothing, neither here nor at a login. */
const plain = ({ registry }: Attempt, recent: boolean): Command => {
  const options = recent ? ['--skip-check'] : [];
  return line('registry', 'set', ...options, '--tls', 'disabled', registry);
};

const regctlSignIn =
  (recent: boolean) =>
  (at: Attempt): readonly Command[] => [
    plain(at, recent),
    ...forSomebody(at.login, ({ username, password }) => [
      {
        args: ['registry', 'login', '-u', username, '--pass-stdin', at.registry],
        input: password,
      },
    ]),
  ];

const regctl = (name: string, tool: string, recent: boolean): ClientData => {
  const signIn = regctlSignIn(recent);
  return {
    name,
    tool,
    environment: ({ own }) => ({ REGCTL_CONFIG: join(own, 'regctl.json') }),
    verbs: {
      ...(recent && { login: signIn }),
      push: (at) => [
        ...signIn(at),
        line('image', 'copy', `ocidir://${at.layout}:v1`, at.reference),
      ],
      pull: (at) => [
        ...signIn(at),
        line('image', 'copy', at.reference, `ocidir://${join(at.own, 'image')}:v1`),
      ],
      delete: (at) => [
        ...signIn(at),
        line('manifest', 'delete', `${repositoryOf(at)}@${at.digest}`),
      ],
    },
  };
};

export const OCI_TOOLS: readonly ClientData[] = [
  crane('crane, oldest', 'crane-old'),
  crane('crane, newest', 'crane'),
  oras('oras, oldest', 'trixie/oras'),
  oras('oras, newest', 'sid/oras'),
  regctl('regctl, oldest', 'regctl-old', false),
  regctl('regctl, newest', 'regctl', true),
];

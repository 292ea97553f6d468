/** `wharfpass pull-secret`: a deploy token in the form in which a cluster or docker takes it. */
import { Command, Option } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import type { DeployToken } from './deploy-token-columns.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { sourcePath } from './look-up.ts';
import {
  hostOption,
  mustFit,
  namespaceOption,
  secretNameOption,
  type PullSecretOptions,
} from './pull-secret-options.ts';
import { dockerConfig, secretManifest, secretName } from './pull-secret-manifest.ts';
import { registryHost } from './registry-host.ts';
import { collect, duration, given, moment, wholeNumber } from './values.ts';

type FreshToken = DeployToken & { readonly token: string };

const EXAMPLES = `
The manifest goes to standard output, and words for people to standard error, so that it can go straight to kubectl.

Examples:
  wharfpass pull-secret --project acme/app | kubectl apply -f -
  wharfpass pull-secret --group acme --name acme-pull --namespace prod --registry registry.example.com
  wharfpass pull-secret --project acme/app --rotate --grace-period 7d | kubectl apply -f -
  wharfpass pull-secret --project acme/app --token-id 3 --rotate --format docker > config.json
`;

export function pullSecretCommand(context: Context): Command {
  return withExamples(
    new Command('pull-secret').description(
      'make a deploy token that pulls, and print it as a Kubernetes Secret or docker config.json',
    ),
    EXAMPLES,
  )
    .option('--project <full-path>', 'pull the images of this project')
    .option('--group <full-path>', 'pull the images of all projects in this group')
    .option(
      '--name <name>',
      'of the Secret and the deploy token; default like acme-app-pull',
      secretNameOption,
    )
    .option(
      '--namespace <name>',
      'that the Secret is for; default: as kubectl is set',
      namespaceOption,
    )
    .option('--registry <host>', 'host[:port] of the registry; default: ask the server', hostOption)
    .addOption(
      new Option('--format <format>', 'a Secret, or the config.json of docker')
        .choices(['kubernetes', 'docker'])
        .default('kubernetes'),
    )
    .option('--scopes <scopes>', 'what the token may do; default read_registry', collect)
    .option(
      '--expires-at <date>',
      'end of the token; default never, or with --rotate as it was',
      moment,
    )
    .option(
      '--rotate',
      'a new secret for the token that is there; the old one works on for a while',
    )
    .option(
      '--token-id <id>',
      'the token to rotate; default: the one of the same name',
      wholeNumber,
    )
    .option(
      '--grace-period <time>',
      'how long the old secret works: 12h, 7d; default as the server is set',
      duration,
    )
    .action(async (options: PullSecretOptions) => {
      mustFit(options);
      const api = await context.api();
      const registry = await registryHost(api, options.registry);
      const token = await (options.rotate ? rotated(api, options) : made(api, options));
      print(context, { token, registry, options });
      tell(context, token, options);
    });
}

async function made(api: ApiClient, options: PullSecretOptions): Promise<FreshToken> {
  const { scopes = ['read_registry'], expiresAt } = options;
  const body = given({ name: nameOf(options), scopes, expires_at: expiresAt });
  return api.post<FreshToken>(`${sourcePath(options)}/deploy_tokens`, body);
}

const nameOf = (options: PullSecretOptions): string =>
  options.name ?? secretName(options.project ?? options.group ?? '');

async function rotated(api: ApiClient, options: PullSecretOptions): Promise<FreshToken> {
  const path = `${sourcePath(options)}/deploy_tokens`;
  const { tokenId } = options;
  const token =
    tokenId === undefined
      ? byName(await api.list<DeployToken>(`${path}?active=true`), nameOf(options))
      : await api.get<DeployToken>(`${path}/${tokenId}`);
  mustBeForPulling(token, options);
  const body = given({ grace_period: options.gracePeriod, expires_at: options.expiresAt });
  return api.post<FreshToken>(`${path}/${token.id}/rotate`, body);
}

function byName(tokens: readonly DeployToken[], wanted: string): DeployToken {
  const [token, another] = tokens.filter((each) => each.name === wanted);
  if (token !== undefined && another === undefined) return token;
  const count = token === undefined ? 'no' : 'more than one';
  throw new CommandError(
    EXIT.failed,
    `There is ${count} active deploy token with the name ${wanted}. ` +
      'Say which one with --token-id <id>; `wharfpass deploy-token list` has them.',
  );
}

/** What lies in every node of a cluster must not be able to push, unless somebody wants that. */
function mustBeForPulling({ id, scopes, origin }: DeployToken, options: PullSecretOptions): void {
  if (origin === 'auto') {
    const message = `Deploy token ${id} is the automatic one, whose secret only jobs are handed.`;
    throw new CommandError(EXIT.failed, `${message} Make one: leave --rotate out.`);
  }
  const wanted = options.scopes ?? ['read_registry'];
  const beyond = scopes.filter((scope) => !wanted.includes(scope));
  if (beyond.length === 0) return;
  throw new CommandError(
    EXIT.failed,
    `Deploy token ${id} may do more than pull: ${beyond.join(', ')}. Nothing was changed. ` +
      `If the cluster is to have that, say so: --scopes ${scopes.join(',')}`,
  );
}

interface Printed {
  readonly token: FreshToken;
  readonly registry: string;
  readonly options: PullSecretOptions;
}

function print(context: Context, { token, registry, options }: Printed): void {
  const config = dockerConfig({ registry, username: token.username, password: token.token });
  if (options.format === 'docker') return context.stdout(`${JSON.stringify(config, null, 2)}\n`);
  const { namespace: space } = options;
  context.stdout(
    secretManifest({ name: nameOf(options), namespace: space, tokenId: token.id, config }),
  );
}

function tell(context: Context, token: FreshToken, { rotate }: PullSecretOptions): void {
  const end = token.expires_at === null ? 'does not expire' : `expires at ${token.expires_at}`;
  context.stderr(
    `Deploy token ${token.id} (${token.username}; ${token.scopes.join(', ')}) ${end}. Its secret is shown this once.\n`,
  );
  if (!rotate) return;
  const ends = token.secrets.map((secret) => secret.expires_at).filter((each) => each !== null);
  const last = ends.toSorted().at(-1);
  context.stderr(
    last === undefined
      ? 'The old secret does not work any more.\n'
      : `The old secret works until ${last}: apply the new one before.\n`,
  );
}

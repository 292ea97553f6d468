import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Secret } from '../credential/secret.ts';
import type { Credential } from '../doctor/ask-token.ts';
import type { Finding } from '../doctor/finding.ts';
import type { WantedRepository } from '../doctor/probe-repository.ts';
import { readConfiguration } from '../doctor/registry-configuration.ts';
import { walk } from '../doctor/walk.ts';
import { ConfigurationError } from '../settings/problem.ts';
import { readSecretFile } from '../settings/secret-file.ts';
import { readYamlText } from '../settings/yaml-text.ts';
import { readAuthorities } from './authorities.ts';
import type { Context } from './context.ts';
import { localServer } from './doctor-local.ts';
import { outcomeOf, report, reportJson } from './doctor-report.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { wholeNumber } from './values.ts';

interface DoctorOptions {
  readonly user?: string;
  readonly passwordStdin?: true;
  readonly tokenFile?: string;
  readonly repository?: WantedRepository;
  readonly registryConfig?: string;
  readonly ca?: string;
  readonly insecure?: true;
  readonly deep?: true;
  readonly timeout: number;
  readonly json?: true;
}

const HELP = `
It goes the way of a client, from the registry to the token server and back, says what is wrong at each step and how to
mend it. It asks for tokens, and changes nothing. The credential goes to the realm that the registry names and to no
other place. docs/doctor.md has what it finds, and the exit codes.

Examples:
  wharfpass doctor https://registry.example.com
  wharfpass doctor registry.example.com --user jane --password-stdin --repository acme/app:pull,push < token
  wharfpass doctor http://127.0.0.1:5000 --registry-config registry-config.yml
`;

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('find out why logins, pulls or pushes at a registry fail')
    .argument('<registry-url>', 'https://host[:port], as clients know the registry')
    .option('--user <name>', 'log in as this user, with one of the next two')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--token-file <file>', 'read the password or token from a file')
    .option('--repository <path>', 'also this one; path:pull,push for more than pull', repository)
    .option('--registry-config <file>', 'also look at the configuration file of the registry')
    .option('--ca <file>', 'PEM certificates that also vouch for registry and realm')
    .option('--insecure', 'go on over plain http and with certificates that nobody vouches for')
    .option('--deep', 'also try a wrong password, once')
    .option('--timeout <seconds>', 'how long one request may take', wholeNumber, 10)
    .option('--json', 'print JSON, for scripts')
    .addHelpText('after', HELP)
    .action((url: string, options: DoctorOptions) => examine(context, registryUrl(url), options));
}

async function examine(context: Context, registry: URL, options: DoctorOptions): Promise<void> {
  const { registryConfig, json, insecure = false, deep = false } = options;
  const { clock, cwd, env } = context;
  const findings = await walk({
    registry,
    credential: await readCredential(context, options),
    repository: options.repository ?? null,
    insecure,
    deep,
    deadline: options.timeout * 1000,
    authorities: readAuthorities(env, options.ca === undefined ? null : resolve(cwd, options.ca)),
    configuration:
      registryConfig === undefined
        ? null
        : await readConfiguration(readRegistryFile(context, registryConfig), env, cwd),
    local: await localServer(context),
    clock,
    wrongSecret: () => randomBytes(24).toString('base64url'),
  });
  context.stdout(
    json ? reportJson(registry, findings) : report(registry, findings, asked(options)),
  );
  conclude(findings);
}

/** The steps that this call was to take, so that the report can say which it did not come to. */
const asked = ({ user, repository: wanted }: DoctorOptions) => [
  ...(['registry', 'challenge', 'realm'] as const),
  ...(user === undefined ? [] : (['login'] as const)),
  ...(['trust'] as const),
  ...(wanted === undefined ? [] : (['repository'] as const)),
];

function conclude(findings: readonly Finding[]): void {
  const { exitCode, sentence } = outcomeOf(findings);
  if (exitCode !== EXIT.ok) throw new CommandError(exitCode, sentence);
}

/** As docker reads it: without a scheme it is https, and http on this machine. What is refused is not repeated. */
function registryUrl(text: string): URL {
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/.test(text);
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `${local ? 'http' : 'https'}://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw unusable('must be like https://registry.example.com:5000');
  }
  if (url.username !== '' || url.password !== '') {
    throw unusable('must hold no credential; use --user and --password-stdin');
  }
  if (!/^\/(v2\/?)?$/.test(url.pathname) || url.search !== '') {
    throw unusable('must have no path; a repository goes with --repository');
  }
  return new URL('/', url);
}

const unusable = (why: string): CommandError =>
  new CommandError(EXIT.usage, `The URL of the registry ${why}.`);

function repository(text: string): WantedRepository {
  const [, name = '', actions = 'pull'] =
    /^([^\s:]+(?::\d+\/[^\s:]+)?)(?::([a-z]+(?:,[a-z]+)*))?$/.exec(text) ?? [];
  if (name !== '' && !name.split('/').includes('..')) return { name, actions: actions.split(',') };
  throw new InvalidArgumentError('It must be like acme/app or acme/app:pull,push.');
}

async function readCredential(
  context: Context,
  { user, passwordStdin, tokenFile }: DoctorOptions,
): Promise<Credential | null> {
  const ways = [passwordStdin, tokenFile].filter((way) => way !== undefined).length;
  if (user === undefined && ways === 0) return null;
  if (user === undefined || ways !== 1) {
    const advice = '--user goes with either --password-stdin or --token-file, and they with it.';
    throw new CommandError(EXIT.usage, advice);
  }
  if (tokenFile === undefined) {
    return { username: user, secret: await context.readSecret(`Password or token of ${user}: `) };
  }
  const answer = readSecretFile(resolve(context.cwd, tokenFile));
  if ('text' in answer) return { username: user, secret: new Secret(answer.text) };
  throw new CommandError(EXIT.configuration, `--token-file ${answer.trouble}.`);
}

function readRegistryFile({ cwd }: Context, name: string): unknown {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, name), 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError([{ where: name, key: '', text: `cannot be read (${code})` }]);
  }
  return readYamlText(text, name).value;
}

import type { Command } from 'commander';
import { mayAsk, YES_OPTION, type YesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { DEPLOY_TOKEN_COLUMNS, SECRET_COLUMNS, type DeployToken } from './deploy-token-columns.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { sourcePath, type SourceOptions } from './look-up.ts';
import { withSource } from './member.ts';
import {
  JSON_OPTION,
  printJson,
  printList,
  printOne,
  printSecret,
  SECRET_ONLY_OPTION,
  type OutputOptions,
  type SecretOptions,
} from './output.ts';
import { duration, given, moment, wholeNumber } from './values.ts';

interface RotateOptions extends SecretOptions, SourceOptions {
  readonly grace?: number;
  readonly expiresAt?: string;
}

const tokenPath = (id: number, options: SourceOptions): string =>
  `${sourcePath(options)}/deploy_tokens/${id}`;

/** A token that wharfpass made keeps its secret to itself: jobs are handed it. */
function printRotated(
  context: Context,
  token: DeployToken & { readonly token?: string },
  options: SecretOptions,
): void {
  const { token: secret } = token;
  if (secret !== undefined) {
    printSecret(context, { ...token, token: secret }, DEPLOY_TOKEN_COLUMNS, options);
  } else if (options.json) printJson(context, token);
  else {
    if (!options.secretOnly) printOne(context, token, DEPLOY_TOKEN_COLUMNS, options);
    context.stderr('The next job of the project finds the new secret in CI_DEPLOY_PASSWORD.\n');
  }
}

function addRotate(command: Command, context: Context): void {
  withSource(command.command('rotate').description('give it a new secret; the old one works on'))
    .argument('<id>', 'from the list', wholeNumber)
    .option(
      '--grace <time>',
      'how long the old secret works, such as 12h or 7d; default as the server is set, a day',
      duration,
    )
    .option('--expires-at <date>', 'a new end of the token; default as it was', moment)
    .option(...SECRET_ONLY_OPTION)
    .option(...JSON_OPTION)
    .action(async (id: number, options: RotateOptions) => {
      const body = given({ grace_period: options.grace, expires_at: options.expiresAt });
      const path = `${tokenPath(id, options)}/rotate`;
      printRotated(context, await (await context.api()).post<DeployToken>(path, body), options);
    });
}

function addSecrets(command: Command, context: Context): void {
  withSource(command.command('show').description('show one deploy token, without its secret'))
    .argument('<id>', 'from the list', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, options: OutputOptions & SourceOptions) => {
      const token = await (await context.api()).get<DeployToken>(tokenPath(id, options));
      printOne(context, token, DEPLOY_TOKEN_COLUMNS, options);
    });
  withSource(
    command.command('secrets').description('its secrets: since when, last used, until when'),
  )
    .argument('<id>', 'from the list', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, options: OutputOptions & SourceOptions) => {
      const token = await (await context.api()).get<DeployToken>(tokenPath(id, options));
      printList(context, token.secrets, SECRET_COLUMNS, options);
    });
  withSource(command.command('end-secret').description('end the grace of an old secret now'))
    .argument('<id>', 'of the token', wholeNumber)
    .argument('<secret-id>', 'from `secrets`', wholeNumber)
    .option(...YES_OPTION)
    .action(async (id: number, secretId: number, options: SourceOptions & YesOption) => {
      await mayAsk(context, options, `ends secret ${secretId} of deploy token ${id} at once`);
      await (await context.api()).delete(`${tokenPath(id, options)}/secrets/${secretId}`);
      context.stderr(`Secret ${secretId} of deploy token ${id} has ended.\n`);
    });
}

interface RotationOptions extends OutputOptions, SourceOptions {
  readonly every?: number;
  readonly never?: true;
}

function addRotation(command: Command, context: Context): void {
  withSource(command.command('rotation').description('be reminded to rotate it, every so often'))
    .argument('<id>', 'from the list', wholeNumber)
    .option('--every <days>', '1 to 366', wholeNumber)
    .option('--never', 'no more reminders')
    .option(...JSON_OPTION)
    .action(async (id: number, options: RotationOptions) => {
      const { every, never } = options;
      if ((every === undefined) === (never === undefined)) {
        throw new CommandError(EXIT.usage, 'Name one of them: --every <days> or --never.');
      }
      const path = `${tokenPath(id, options)}/rotation`;
      const body = { every_days: every ?? null };
      const token = await (await context.api()).put<DeployToken>(path, body);
      printOne(context, token, DEPLOY_TOKEN_COLUMNS, options);
    });
}

export function addRotationCommands(command: Command, context: Context): void {
  addRotate(command, context);
  addSecrets(command, context);
  addRotation(command, context);
}

import { Command, Option } from 'commander';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/schema.ts';
import { withExamples } from './examples.ts';
import { keysCaCommand } from './keys-ca.ts';
import { exportKeys, initKeys, listKeys, rotateKeys, type ExportFormat } from './keys-actions.ts';
import { serviceOption, wholeSeconds, type ServiceOption } from './keys-options.ts';

export interface KeysCommandOptions {
  readonly loadSettings: () => Promise<Settings>;
  readonly stdout: (text: string) => void;
  readonly clock: Clock;
}

const EXAMPLES = `
Examples:
  wharfpass keys init                            make the keys before the first start
  wharfpass keys list                            which key signs, until when
  wharfpass keys rotate                          sign with a new key from now on
  wharfpass keys rotate --after 3600             …in an hour, to hand out a new jwks first
  wharfpass keys export --format jwks > jwks.json
  wharfpass keys export --format certificate --service zot > zot.crt
  wharfpass keys ca renew                        begin to replace the CA that registries trust
  wharfpass keys ca status                       how far that is
  wharfpass keys ca switch                       every registry has the new ca.crt
  wharfpass keys ca retire                       the old CA is needed no more
`;

/**
 * The `keys` command. It works on the keys folder itself, whether a server runs or not; a running server takes up
 * what changed within a minute. Rejections are AppErrors whose message is for the operator.
 */
export function keysCommand(options: KeysCommandOptions): Command {
  const { loadSettings, stdout, clock } = options;
  const place = async ({ service }: ServiceOption) => ({
    settings: await loadSettings(),
    clock,
    service: service ?? null,
  });
  const command = withExamples(
    new Command('keys').description('look after the signing keys'),
    EXAMPLES,
  );
  command
    .command('init')
    .description('make the keys that are missing; what exists is left alone')
    .action(async () => stdout(await initKeys(await loadSettings(), clock)));
  command
    .command('list')
    .description('show every key: kind, key id, validity, state')
    .option('--json', 'print JSON')
    .addOption(serviceOption())
    .action(async (given: ServiceOption & { json?: true }) =>
      stdout(await listKeys(await place(given), given.json === true)),
    );
  command
    .command('rotate')
    .description('make a new signing key for registry tokens')
    .option('--after <seconds>', 'sign with it only after this time', wholeSeconds, 0)
    .addOption(serviceOption())
    .action(async (given: ServiceOption & { after: number }) =>
      stdout(await rotateKeys(await place(given), given.after)),
    );
  command
    .command('export')
    .description('print what registries need to verify tokens; public parts only')
    .addOption(
      new Option(
        '--format <format>',
        'jwks: public keys; bundle: certificates to trust; certificate: the one that signs, for zot',
      )
        .choices(['jwks', 'bundle', 'certificate'])
        .makeOptionMandatory(),
    )
    .addOption(serviceOption())
    .action(async (given: ServiceOption & { format: ExportFormat }) =>
      stdout(await exportKeys(await place(given), given.format)),
    );
  command.addCommand(keysCaCommand({ place, stdout }));
  return command;
}

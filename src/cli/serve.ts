import { Command } from 'commander';
import type { RunningServer } from '../compose.ts';
import type { Logger } from '../log.ts';
import { banner } from './banner.ts';
import type { Context } from './context.ts';
import { reportError } from './report-error.ts';

const HELP = `
Logs go to standard output, one JSON object a line; what people need to know goes to standard error.
SIGINT and SIGTERM end the server after the running requests, at most 10 seconds; a second one ends it at once.
SIGHUP applies the directory file anew.

Examples:
  wharfpass serve
  WHARFPASS_LISTEN=0.0.0.0:5001 WHARFPASS_PUBLIC_URL=https://auth.example.com wharfpass serve
  kill -HUP <process id>                after a change to the directory file
`;

interface Options {
  readonly unsafeRedis?: true;
}

export function serveCommand(context: Context): Command {
  return new Command('serve')
    .description('serve tokens')
    .option(
      '--unsafe-redis',
      'start on a Redis that can forget what it acknowledged, with a warning for each reason',
    )
    .addHelpText('after', HELP)
    .action((options: Options) => serve(context, options));
}

async function serve(context: Context, { unsafeRedis }: Options): Promise<void> {
  const stop = stopSignal();
  const settings = await context.loadSettings(
    unsafeRedis === true ? { WHARFPASS_REDIS__UNSAFE: 'true' } : {},
  );
  // The server's parts take a while to load, and no other command needs them.
  const [{ openLog }, { startServer }] = await Promise.all([
    import('../log.ts'),
    import('../compose.ts'),
  ]);
  const { log, close } = openLog({ level: settings.log.level });
  try {
    const server = await startServer({ settings, log, clock: context.clock });
    const { url, realm, apiUrl, metricsUrl } = server;
    log.info({ url, realm, api: apiUrl, metrics: metricsUrl }, 'serving');
    const ignoreReloads = onReload(server, log, context);
    context.stderr(banner(server, settings, context.cwd));
    const signal = await stop;
    ignoreReloads();
    log.info({ signal }, 'stopping');
    await server.close();
    log.info('stopped');
  } finally {
    await close();
  }
}

/** The first signal to stop. From then on nobody listens, so that a second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      for (const each of signals) process.off(each, stop);
      resolve(signal);
    };
    for (const each of signals) process.on(each, stop);
  });
}

/** One reload after the other. A bad file changes nothing and stops nothing. */
function onReload(server: RunningServer, log: Logger, context: Context): () => void {
  let last = Promise.resolve();
  const reloadAfter = async (previous: Promise<void>): Promise<void> => {
    await previous;
    try {
      const text = await server.reloadDirectory();
      context.stderr(`Directory reloaded.\n${text === '' ? 'Nothing changed.' : text}\n`);
    } catch (error) {
      const { text } = reportError(error);
      log.error({ reason: text }, 'directory not reloaded; it stays as it was');
      context.stderr(`Directory not reloaded; it stays as it was.\n${text}\n`);
    }
  };
  const reload = (): void => {
    last = reloadAfter(last);
  };
  process.on('SIGHUP', reload);
  return () => process.off('SIGHUP', reload);
}

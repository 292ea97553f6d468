/** What servers say of themselves. */
import { storeUnavailable } from '../../../errors.ts';
import { ask } from './ask.ts';
import { endpointText } from './endpoint.ts';
import { faultOf } from './fault.ts';
import type { Line } from './line.ts';
import type { ServerReport } from './redis.ts';

function readInfo(value: unknown): Map<string, string> {
  if (typeof value !== 'string') throw new Error('INFO was not answered with a text');
  const fields = new Map<string, string>();
  for (const line of value.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

async function readSettings(
  line: Line,
  names: readonly string[],
): Promise<Map<string, string> | undefined> {
  const settings = new Map<string, string>();
  try {
    for (const name of names) {
      const value = await ask(line, 'config', 'get', name);
      if (!Array.isArray(value)) throw new Error('CONFIG GET was not answered with an array');
      const [key, text] = value as readonly unknown[];
      if (key === name && typeof text === 'string') settings.set(name, text);
    }
  } catch (error) {
    const refused = /^(?:NOPERM|ERR unknown command)/;
    if (error instanceof Error && refused.test(error.message)) return undefined;
    throw error;
  }
  return settings;
}

/** @throws AppError `store_unavailable` where the server does not answer */
export async function inspectServer(line: Line, names: readonly string[]): Promise<ServerReport> {
  const server = endpointText(line.server);
  try {
    const info = readInfo(await ask(line, 'info'));
    return { server, info, settings: await readSettings(line, names) };
  } catch (error) {
    throw storeUnavailable(`redis ${server}: ${faultOf(error as Error).message}`);
  }
}

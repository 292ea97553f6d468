/** The primary as the Sentinels know it (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/). */
import type { Logger } from '../../../log.ts';
import { PARTITIONS } from '../keys.ts';
import { ask } from './ask.ts';
import type { Access } from './client-options.ts';
import type { Endpoint } from './endpoint.ts';
import { openLine, type Line } from './line.ts';
import { newestOf, readEndpoint, type Dated, type Look } from './look.ts';

async function primary(line: Line, name: string): Promise<Dated<Endpoint> | undefined> {
  const flat = await ask(line, 'sentinel', 'master', name);
  if (!Array.isArray(flat)) return undefined;
  const field = (wanted: string): unknown => {
    const at = flat.findIndex((text, index) => index % 2 === 0 && text === wanted);
    return at === -1 ? undefined : flat[at + 1];
  };
  const answer = readEndpoint(field('ip'), field('port'));
  const epoch = Number(field('config-epoch'));
  return answer === undefined || Number.isNaN(epoch) ? undefined : { epoch, answer };
}

/**
 * @param name what the Sentinels call the primary
 * @param onReady called when a Sentinel can be asked that could not before
 */
export function lookAtSentinels(
  sentinels: readonly Endpoint[],
  name: string,
  access: Access,
  log: Logger,
  onReady: () => void,
): Look {
  const onState = (up: boolean): void => {
    if (up) onReady();
  };
  const lines = sentinels.map((server) =>
    openLine({ server, access, name: 'wharfpass-sentinel', log, onState }),
  );
  return {
    async look() {
      const found = await newestOf(lines, (line) => primary(line, name));
      return found && new Map(PARTITIONS.map((partition) => [partition, found]));
    },
    close: () => lines.forEach((line) => line.close()),
  };
}

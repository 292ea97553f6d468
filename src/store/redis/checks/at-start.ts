/** The checks as `wharfpass serve` makes them. */
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { checkDeployment } from './check-deployment.ts';
import { printFinding, type Finding } from './finding.ts';
import { gatherDeployment, type GatherOptions } from './gather.ts';

export interface StartCheckOptions extends GatherOptions {
  readonly log: Logger;
  /** Say what would be refused, and start all the same. */
  readonly unsafe: boolean;
}

const LASTING =
  'CONFIG SET lasts until the server restarts: put the option into its redis.conf too, or run redis-cli CONFIG REWRITE.';

function refusalText(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => printFinding(finding).split('\n'));
  return [
    'This Redis can forget what it acknowledged, so wharfpass does not start:',
    ...lines.map((line) => `  ${line}`),
    LASTING,
    'To start all the same: wharfpass serve --unsafe-redis',
  ].join('\n');
}

/**
 * @throws AppError with all refusals and what mends each, unless `unsafe`
 * @throws AppError `store_unavailable` where a primary cannot be asked
 */
export async function checkAtStart(options: StartCheckOptions): Promise<void> {
  const { log, unsafe } = options;
  const findings = checkDeployment(await gatherDeployment(options));
  for (const finding of findings) {
    if (finding.level === 'note' || (finding.level === 'refusal' && !unsafe)) continue;
    const { level, servers, text, mend } = finding;
    const words = level === 'refusal' ? 'UNSAFE redis, started all the same' : 'redis';
    log.warn({ servers, problem: text, mend }, words);
  }
  const refusals = findings.filter(({ level }) => level === 'refusal');
  if (refusals.length > 0 && !unsafe) throw new AppError('internal', refusalText(refusals));
}

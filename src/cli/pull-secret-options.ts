import { InvalidArgumentError } from 'commander';
import { CommandError, EXIT } from './exit-codes.ts';
import { sourcePath, type SourceOptions } from './look-up.ts';

export interface PullSecretOptions extends SourceOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly registry?: string;
  readonly format: 'kubernetes' | 'docker';
  readonly scopes?: readonly string[];
  readonly expiresAt?: string;
  readonly tokenId?: number;
  readonly rotate?: true;
  readonly gracePeriod?: number;
}

/** Options that go together, or a usage error. */
export function mustFit(options: PullSecretOptions): void {
  sourcePath(options);
  const { rotate, tokenId, gracePeriod, namespace: space, format } = options;
  if (!rotate && tokenId !== undefined) {
    throw usage(
      'The server keeps no secret, only its hash: add --rotate for a new one, with an overlap.',
    );
  }
  if (!rotate && gracePeriod !== undefined) throw usage('--grace-period goes with --rotate.');
  if (space !== undefined && format === 'docker') {
    throw usage('--namespace goes with --format kubernetes.');
  }
}

const usage = (message: string): CommandError => new CommandError(EXIT.usage, message);

/** Names of a Secret (a DNS subdomain) and of a namespace (a DNS label), as Kubernetes wants them. */
const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

/** Readers of option values. */
export function secretNameOption(text: string): string {
  if (text.length <= 253 && new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(text)) return text;
  throw new InvalidArgumentError('It must be a name that Kubernetes takes: a-z 0-9 - and dots.');
}

export function namespaceOption(text: string): string {
  if (new RegExp(`^${LABEL}$`).test(text)) return text;
  throw new InvalidArgumentError('It must be a name that Kubernetes takes: a-z 0-9 and -.');
}

export function hostOption(text: string): string {
  if (/^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be host[:port], without https:// and without a path.');
}

/** What went wrong → what the person at the terminal reads, and what the process ends with. */
import { CommanderError } from 'commander';
import { AppError } from '../errors.ts';
import { ConfigurationError } from '../settings/problem.ts';
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts';

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** One clear sentence and what to do; a stack only for faults of wharfpass itself. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof CommanderError) {
    // Commander has printed it already. It calls asking for help a failure where a command is missing.
    return { text: '', exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  }
  if (error instanceof CommandError) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigurationError) {
    const lines = error.message.replaceAll('\n', '\n  ');
    return { text: `Nothing was done, because of:\n  ${lines}`, exitCode: EXIT.configuration };
  }
  if (error instanceof AppError) {
    const exitCode = error.code === 'store_unavailable' ? EXIT.unavailable : EXIT.failed;
    const detail = error.detail === undefined ? '' : ` (${error.detail})`;
    return { text: error.message + detail, exitCode };
  }
  if (isSystemError(error)) return { text: systemSentence(error), exitCode: EXIT.failed };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `This is a fault in wharfpass. Please report it.\n${stack}`,
    exitCode: EXIT.failed,
  };
}

/** An error of the operating system, as node:fs and node:net throw them. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function systemSentence(error: SystemError): string {
  const at = error.port === undefined ? (error.address ?? '') : `${error.address}:${error.port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `The address ${at} is in use: another wharfpass, or another program. Stop it, or set WHARFPASS_LISTEN to another host:port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${at === '' ? '' : `${at} `}to serve on (${error.code}). Set WHARFPASS_LISTEN to one that it has, such as 127.0.0.1:5001.`;
    case 'EACCES':
    case 'EPERM':
      return error.syscall === 'listen'
        ? `This user may not serve on ${at}. Set WHARFPASS_LISTEN to a port above 1023.`
        : `This user may not use ${error.path ?? 'a file'} (${error.syscall}: ${error.code}). Look at its owner and mode.`;
    case 'ENOSPC':
      return `The disk is full${error.path === undefined ? '' : ` (${error.path})`}. Make room and start again.`;
    default:
      return `${error.message}.`;
  }
}

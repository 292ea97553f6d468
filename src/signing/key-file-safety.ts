/** What makes a key file or the keys folder unfit to be trusted, and the command that mends it. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { AppError } from '../errors.ts';

export interface KeyFileProblem {
  readonly path: string;
  /** What is wrong, as the rest of a sentence that starts with the path. */
  readonly problem: string;
  /** A shell command, or an instruction where no single command mends it. */
  readonly mend: string;
}

const PERMISSIONS = 0o777;
const WIDEST = { folder: 0o700, 'empty folder': 0o777, secret: 0o600, public: 0o755 } as const;

export type KeyFileKind = keyof typeof WIDEST;

/** Certificates may be read by anybody; everything else that we make is secret. */
export function kindOf(name: string): 'secret' | 'public' {
  return name.endsWith('.crt') ? 'public' : 'secret';
}

/** True for the names of files that hold a secret, ours or an operator's. */
export function holdsSecret(name: string): boolean {
  return name.endsWith('.key') || name.endsWith('.pem');
}

function quoted(path: string): string {
  return /^[\w./@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

export function isSymlink(path: string, kind: KeyFileKind): KeyFileProblem {
  const what = isFolder(kind) ? 'Name the folder itself in keys_dir' : 'Put the file itself';
  return { path, problem: 'is a symbolic link', mend: `${what} in place of the link` };
}

/** @param uid the process's own user id; null where the system has none, and then nothing is checked */
export function problemOf(
  path: string,
  stats: Stats,
  kind: KeyFileKind,
  uid: number | null,
): KeyFileProblem | null {
  if (stats.isSymbolicLink()) return isSymlink(path, kind);
  const rightType = isFolder(kind) ? stats.isDirectory() : stats.isFile();
  if (!rightType) {
    const wanted = isFolder(kind) ? 'folder' : 'regular file';
    return { path, problem: `is no ${wanted}`, mend: 'Move it away' };
  }
  if (uid === null) return null;
  if (stats.uid !== uid) {
    const problem = `belongs to user id ${stats.uid}, and this process runs as user id ${uid}`;
    return { path, problem, mend: `chown ${uid} ${quoted(path)}` };
  }
  const mode = stats.mode & PERMISSIONS;
  const widest = WIDEST[kind];
  if ((mode & ~widest) === 0) return null;
  const problem = `has mode ${octal(mode)}, which lets others ${kind === 'public' ? 'change' : 'read'} it`;
  return {
    path,
    problem,
    mend: `chmod ${(kind === 'public' ? 0o644 : widest).toString(8)} ${quoted(path)}`,
  };
}

function isFolder(kind: KeyFileKind): boolean {
  return kind === 'folder' || kind === 'empty folder';
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

export function problemError({ path, problem, mend }: KeyFileProblem): AppError {
  return new AppError('internal', `${path} ${problem}. Mend it with: ${mend}`);
}

/** The user id that this process makes files as; null where there are no user ids. */
export async function ownUid(): Promise<number | null> {
  try {
    const { uid } = userInfo();
    return uid < 0 ? null : uid;
  } catch {
    // A container may run under a user id that has no account; the process's own entry still tells it.
    return await stat('/proc/self/').then(
      (stats) => stats.uid,
      () => null,
    );
  }
}

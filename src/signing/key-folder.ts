/**
 * The keys folder: one file per key, made once and never written again, but for those that a replacement of the CA
 * swaps. A file appears whole or not at all and the
 * first maker wins, so any number of processes may start on an empty folder, and one that is killed leaves nothing
 * but a temporary file.
 */
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import {
  holdsSecret,
  isSymlink,
  kindOf,
  ownUid,
  problemError,
  problemOf,
  type KeyFileProblem,
} from './key-file-safety.ts';
import { errorCode, publishFile, renameFile, replaceFile } from './publish-file.ts';

export interface KeyFolder {
  readonly path: string;
  names(): Promise<readonly string[]>;
  /** The file's text; null where there is none. Rejects if anybody else could have read or changed it. */
  read(name: string): Promise<string | null>;
  /** Puts a durable file in place unless the name is taken. Resolves to whether it is ours. */
  publish(name: string, text: string): Promise<boolean>;
  /** Puts a durable file in place of the one that is there, if any, in one step. */
  replace(name: string, text: string): Promise<void>;
  /** In one step; a file that has the new name is gone. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const MAX_SIZE = 65_536;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

function fault(path: string, verb: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const advice =
    errorCode(error) === 'ENOTSUP' || errorCode(error) === 'EPERM'
      ? ' The keys folder needs a file system with hard links and owners.'
      : '';
  const reason = errorCode(error) ?? String(error);
  return new AppError('internal', `Cannot ${verb} ${path}: ${reason}.${advice}`, { cause: error });
}

async function statOrNull(path: string) {
  return await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw fault(path, 'look at', error);
  });
}

/** Everything in an existing folder that would be refused; empty where all is well or there is no folder. */
export async function keyFolderProblems(path: string): Promise<readonly KeyFileProblem[]> {
  const stats = await statOrNull(path);
  if (stats === null) return [];
  const uid = await ownUid();
  if (!stats.isDirectory()) return [problemOf(path, stats, 'folder', uid)].filter(isProblem);
  const names = await namesIn(path);
  const kind = names.some(holdsSecret) ? 'folder' : 'empty folder';
  const files = names
    .filter((name) => holdsSecret(name) || kindOf(name) === 'public')
    .toSorted()
    .map(async (name) => {
      const file = join(path, name);
      const fileStats = await statOrNull(file);
      return fileStats && problemOf(file, fileStats, kindOf(name), uid);
    });
  return [problemOf(path, stats, kind, uid), ...(await Promise.all(files))].filter(isProblem);
}

function isProblem(problem: KeyFileProblem | null): problem is KeyFileProblem {
  return problem !== null;
}

/**
 * Opens the folder after a look at all that is in it. A folder that holds no secret yet, like one that came with a
 * checkout, may be open to others; it is closed before the first secret goes in.
 *
 * @param create false: a missing folder is an error
 */
export async function openKeyFolder(path: string, create: boolean): Promise<KeyFolder> {
  const missing = (await statOrNull(path)) === null;
  if (missing && !create) {
    throw new AppError('not_found', `There are no keys in ${path} yet. Run: wharfpass keys init`);
  }
  if (missing) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw fault(path, 'make', error);
    });
  }
  const [problem] = await keyFolderProblems(path);
  if (problem !== undefined) throw problemError(problem);
  if (create && !(await namesIn(path)).some(holdsSecret)) await chmod(path, 0o700);
  return folderAt(path, await ownUid());
}

async function namesIn(path: string): Promise<readonly string[]> {
  return await readdir(path).catch((error: unknown) => {
    throw fault(path, 'list', error);
  });
}

function folderAt(path: string, uid: number | null): KeyFolder {
  return {
    path,
    names: async () => await namesIn(path),
    read: async (name) => await readSafely(join(path, name), name, uid),
    publish: async (name, text) =>
      await publishFile(path, name, text).catch((error: unknown) => {
        throw fault(join(path, name), 'write', error);
      }),
    replace: async (name, text) =>
      await replaceFile(path, name, text).catch((error: unknown) => {
        throw fault(join(path, name), 'write', error);
      }),
    rename: async (from, to) =>
      await renameFile(path, from, to).catch((error: unknown) => {
        throw fault(join(path, from), 'rename', error);
      }),
    remove: async (name) => await rm(join(path, name), { force: true }),
  };
}

async function readSafely(path: string, name: string, uid: number | null): Promise<string | null> {
  // O_NONBLOCK: a named pipe in place of the file must not hang us.
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    if (errorCode(error) === 'ELOOP') throw problemError(isSymlink(path, kindOf(name)));
    throw fault(path, 'read', error);
  });
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    const problem = problemOf(path, stats, kindOf(name), uid);
    if (problem !== null) throw problemError(problem);
    if (stats.size > MAX_SIZE)
      throw new AppError('internal', `${path} is too long for a key file.`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

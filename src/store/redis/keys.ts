/**
 * Names of keys. A key is `<prefix>:{<partition>}:<name>`: the part in braces picks the Cluster slot
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags), so all keys of one partition
 * are within reach of one script. Nothing that a user wrote is ever part of a key.
 */
const DIGITS = '0123456789abcdef';

/** `d`: the directory and the tokens; `j0` to `jf`: jobs. */
export type Partition = string;

export const DIRECTORY: Partition = 'd';
export const JOB_PARTITIONS: readonly Partition[] = Array.from(DIGITS, (digit) => `j${digit}`);
export const PARTITIONS: readonly Partition[] = [DIRECTORY, ...JOB_PARTITIONS];

/** What createSecretHash gives: base64url of 32 bytes. */
const HASH = /^[A-Za-z0-9_-]{43}$/;

function partitionAt(index: number): Partition {
  return JOB_PARTITIONS[index % JOB_PARTITIONS.length] ?? 'j0';
}

/** @throws RangeError for anything that is no keyed hash; such a text must never reach a key */
export function partitionOfHash(tokenHash: string): Partition {
  if (!HASH.test(tokenHash)) throw new RangeError('not the keyed hash of a token');
  return partitionAt(tokenHash.charCodeAt(0));
}

/** False for anything that cannot be the hash of a token, so that nobody need ask the server about it. */
export const isTokenHash = (text: string): boolean => HASH.test(text);

/** @throws RangeError unless `id` is a positive integer */
export function partitionOfId(id: number): Partition {
  if (!Number.isSafeInteger(id) || id < 1) throw new RangeError('not an id');
  return partitionAt(id);
}

/** Ids of jobs that share one key: a key for each would take three times the memory. */
const IDS_OF_KEY = 64;

const blockOf = (jobId: number): number => Math.ceil(jobId / IDS_OF_KEY);

/** @throws RangeError unless `jobId` is a positive integer */
export function partitionOfJobId(jobId: number): Partition {
  return partitionOfId(blockOf(jobId));
}

export interface Keys {
  /** Where instances are told of a new commit. */
  readonly changedChannel: string;
  history(partition: Partition): string;
  instances(partition: Partition): string;
  confirmed(partition: Partition): string;
  passed(partition: Partition): string;
  /** Never there for longer than a script: writing and deleting it gives WAIT something to wait for. */
  written(partition: Partition): string;
  readonly head: string;
  readonly log: string;
  rows(table: string): string;
  readonly jobIds: string;
  job(tokenHash: string): string;
  /** Hash of job id to token hash, for this id and some of its neighbours. */
  jobId(jobId: number): string;
  jobsOfProject(projectId: number): string;
  jobsOfUser(userId: number): string;
}

/** @param prefix checked by the settings: lower-case letters, digits, `-` */
export function createKeys(prefix: string): Keys {
  const key = (partition: Partition, name: string): string => `${prefix}:{${partition}}:${name}`;
  return {
    changedChannel: `${prefix}:changed`,
    history: (partition) => key(partition, 'history'),
    instances: (partition) => key(partition, 'instances'),
    confirmed: (partition) => key(partition, 'confirmed'),
    passed: (partition) => key(partition, 'passed'),
    written: (partition) => key(partition, 'written'),
    head: key(DIRECTORY, 'head'),
    log: key(DIRECTORY, 'log'),
    rows: (table) => key(DIRECTORY, `rows:${table}`),
    jobIds: key(DIRECTORY, 'jobids'),
    job: (tokenHash) => key(partitionOfHash(tokenHash), `job:${tokenHash}`),
    jobId: (jobId) => key(partitionOfJobId(jobId), `ids:${blockOf(jobId)}`),
    jobsOfProject: (projectId) => key(partitionOfId(projectId), `project:${projectId}`),
    jobsOfUser: (userId) => key(partitionOfId(userId), `user:${userId}`),
  };
}

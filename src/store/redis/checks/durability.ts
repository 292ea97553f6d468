/** Whether a server keeps what it was given: in memory, and on its disk. */
import { settingOf, type DataServer } from './deployment.ts';
import { setting, type Finding } from './finding.ts';

type Rule = (server: DataServer, replicated: boolean) => Finding[];

const memory: Rule = (server) => {
  const servers = [server.name];
  const found: Finding[] = [];
  const policy = settingOf(server, 'maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction') {
    const text = `maxmemory-policy is ${policy}: when its memory is full the server throws away users, tokens and the ends of jobs`;
    found.push({
      level: 'refusal',
      servers,
      text,
      mend: setting('maxmemory-policy', 'noeviction'),
    });
  }
  if (server.info.get('maxmemory') === '0') {
    const text =
      'maxmemory is not set: a server that takes all memory is killed, one at a limit still ends jobs';
    found.push({ level: 'note', servers, text, mend: [] });
  }
  return found;
};

const disk: Rule = (server, replicated) => {
  const servers = [server.name];
  if (settingOf(server, 'appendonly') === 'no') {
    const text = 'appendonly is no: a restart brings finished jobs back, or empties the store';
    return [{ level: 'refusal', servers, text, mend: setting('appendonly', 'yes') }];
  }
  if (server.info.get('aof_last_write_status') === 'err') {
    const text = 'the last write to its append-only file failed, so it refuses every change';
    return [{ level: 'refusal', servers, text, mend: ['make room on the disk of the server'] }];
  }
  const fsync = settingOf(server, 'appendfsync');
  if (fsync === undefined || fsync === 'always') return [];
  const soft = replicated && fsync === 'everysec';
  const lost = fsync === 'everysec' ? 'the last two seconds' : 'the last half minute or more';
  const text = soft
    ? `appendfsync is everysec: when primary and replicas lose power together, ${lost} are lost`
    : `appendfsync is ${fsync}: when the server loses power, ${lost} are lost, acknowledged or not`;
  const level = soft ? 'warning' : 'refusal';
  return [{ level, servers, text, mend: setting('appendfsync', 'always') }];
};

const truncated: Rule = (server, replicated) => {
  if (!replicated || settingOf(server, 'aof-load-truncated') !== 'yes') return [];
  const text =
    'aof-load-truncated is yes: a server whose file was cut short starts with what is left; with no it stays down, and a replica takes over with the whole';
  return [
    { level: 'note', servers: [server.name], text, mend: setting('aof-load-truncated', 'no') },
  ];
};

/** @param replicated whether a change is acknowledged only when replicas have it */
export function checkDurability(server: DataServer, replicated: boolean): Finding[] {
  return [memory, disk, truncated].flatMap((rule) => rule(server, replicated));
}

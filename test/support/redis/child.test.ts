import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../programs.ts';
import { plainEnvironment } from '../run-program.ts';
import { atEnd, closeAll, until } from './child.ts';

describeWith(['redis-server', 'setpriv'], 'processes of a test', () => {
  let folder: string;
  let parent: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wharfpass-child-'));
    const { code } = await transformFile(join(import.meta.dirname, 'child.ts'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    await writeFile(join(folder, 'child.mjs'), code);
    parent = join(folder, 'parent.mjs');
    const args = ['--port', '0', '--unixsocket', join(folder, 'socket'), '--dir', folder];
    await writeFile(
      parent,
      `import { spawnBound } from './child.mjs';
       const child = spawnBound('redis-server', ${JSON.stringify(args)}, { stdio: 'ignore' });
       console.log(child.pid);
       if (process.argv[2] === 'exit') setTimeout(() => process.exit(), 200);
       else setInterval(() => undefined, 1000);`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['kill', 'exit'])('end with the process that started them: %s', async (how) => {
    const starter = spawn('node', [parent, how], {
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(starter.stdout, 'data')) as [Buffer];
    const place = `/proc/${String(pid).trim()}`;
    await until('redis-server', () => existsSync(join(folder, 'socket')));
    expect(existsSync(place)).toBe(true);
    if (how === 'kill') starter.kill('SIGKILL');
    await until('that the server has ended', () => !existsSync(place), 3000);
    await rm(join(folder, 'socket'), { force: true });
  });

  it('are closed once, the latest first', async () => {
    const closed: string[] = [];
    atEnd(() => closed.push('first'));
    const forget = atEnd(() => closed.push('forgotten'));
    atEnd(() => closed.push('last'));
    forget();
    await closeAll();
    await closeAll();
    expect(closed).toEqual(['last', 'first']);
  });

  it('are asked for with a limit', async () => {
    const broken = () => Promise.reject(new Error('still broken'));
    await expect(until('it', broken, 50)).rejects.toThrow(
      'it: not within 50 ms (last: Error: still broken)',
    );
  });
});

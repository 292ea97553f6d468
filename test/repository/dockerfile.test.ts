/** The Dockerfile, read line by line: there is no engine here to build it with. Its two trees are put together and run. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distDir, root } from '../support/built.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
} from '../support/run-program.ts';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

let stages: Instruction[][];
let folder: string;

beforeAll(async () => {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  stages = [];
  for (const line of lines.filter((one) => one.trim() !== '')) {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: rest.join(' ') });
  }
  folder = await mkdtemp(join(tmpdir(), 'wharfpass-image-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const last = (name: string): string[] =>
  (stages.at(-1) ?? []).filter((one) => one.name === name).map(({ text }) => text);

test('every file that it copies is there, and .dockerignore lets it in', async () => {
  const copied = stages
    .flat()
    .filter(({ name, text }) => name === 'COPY' && !text.includes('--from'));
  const sources = copied.flatMap(({ text }) => text.split(' ').slice(0, -1));
  expect(sources.length).toBeGreaterThan(5);
  const ignore = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
  for (const source of sources) {
    expect([source, existsSync(join(root, source))]).toEqual([source, true]);
    expect(ignore).toContain(`!${source}`);
  }
});

test('the context that it is built from holds no key, no data and no package', async () => {
  const [first, ...rest] = (await readFile(join(root, '.dockerignore'), 'utf8')).trim().split('\n');
  expect(first).toBe('*');
  expect(rest.every((line) => line.startsWith('!'))).toBe(true);
  expect(rest.filter((line) => /keys|data|node_modules|\.git/.test(line))).toEqual([]);
});

test('T51: it has three stages and runs as a user who is not root', () => {
  expect(stages).toHaveLength(3);
  expect(last('USER')).toEqual(['node']);
  expect(last('VOLUME').map((text) => JSON.parse(text) as unknown)).toEqual([['/data', '/keys']]);
});

test('the entry point is an array, so that signals reach the server', () => {
  expect(last('ENTRYPOINT').map((text) => JSON.parse(text) as unknown)).toEqual([
    ['node', 'dist/main.js'],
  ]);
  expect(last('CMD').map((text) => JSON.parse(text) as unknown)).toEqual([['serve']]);
});

/** Dist, the packages that production needs, and what else the last stage copies. */
async function assemble(): Promise<void> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev = false, devOptional = false }] of Object.entries(lock.packages)) {
    const nested = path.lastIndexOf('/node_modules/') > 0;
    if (path === '' || nested || dev || devOptional || !existsSync(join(root, path))) continue;
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  await cp(distDir(), join(folder, 'dist'), { recursive: true });
  for (const file of ['package.json', 'config']) {
    await cp(join(root, file), join(folder, file), { recursive: true });
  }
}

test('JOB-18: production packages and dist are enough to serve; the health check finds it well, and plain HTTP is warned about', async () => {
  await assemble();
  const port = await freePort();
  const settings = last('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('=')));
  const env = plainEnvironment({
    ...(Object.fromEntries(settings) as NodeJS.ProcessEnv),
    WHARFPASS_LISTEN: `0.0.0.0:${port}`,
    WHARFPASS_DATA_DIR: join(folder, 'data'),
    WHARFPASS_KEYS_DIR: join(folder, 'keys'),
  });
  const command = /CMD (\[.*\])$/.exec(last('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]';
  const [program = '', ...args] = JSON.parse(command) as string[];
  expect(program).toBe('node');
  expect((await runProgram(program, args, { env })).code).toBe(1);
  const service = await startService(process.execPath, ['dist/main.js', 'serve'], {
    cwd: folder,
    env,
    ready: answers(`http://127.0.0.1:${port}/healthz`, 200),
  });
  try {
    expect(await runProgram(program, args, { env })).toMatchObject({ code: 0, stderr: '' });
  } finally {
    expect(await service.stop('SIGTERM')).toBe(0);
  }
  expect(service.output()).toContain('travel unencrypted');
});

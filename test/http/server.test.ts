import { afterEach, describe, expect, test } from '@jest/globals';
import { Agent, get, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer, drain, listen } from '../../src/http/server.ts';
import { sendRaw } from '../support/raw-http.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Answers every request after `delay` milliseconds. */
async function serve(delay: number): Promise<{ server: Server; url: string }> {
  const answer = async (res: Parameters<Parameters<typeof createHttpServer>[0]>[1]) => {
    await sleep(delay, undefined, { ref: false });
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 2 }).end('{}');
  };
  const server = createHttpServer(
    (_req, res) => {
      void answer(res);
      return true;
    },
    () => undefined,
  );
  servers.push(server);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  return { server, url: `http://127.0.0.1:${port}` };
}

const statusOf = (url: string, agent?: Agent): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode));
    }).on('error', reject);
  });

describe('the end of the server', () => {
  test('what runs is finished, idle connections are let go, and nothing new is taken', async () => {
    const { server, url } = await serve(300);
    const agent = new Agent({ keepAlive: true });
    expect(await statusOf(url, agent)).toBe(200);
    const running = statusOf(url);
    await sleep(50);
    const start = performance.now();
    const drained = drain(server, 5000);
    await expect(statusOf(url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);
    expect(await running).toBe(200);
    await drained;
    expect(performance.now() - start).toBeLessThan(2000);
    agent.destroy();
  });

  test('what does not end in time is cut off', async () => {
    const { server, url } = await serve(60_000);
    const running = expect(statusOf(url)).rejects.toThrow('socket hang up');
    await sleep(50);
    await drain(server, 100);
    await running;
  });
});

test('a port that is taken rejects', async () => {
  const { url } = await serve(0);
  const second = createHttpServer(
    () => false,
    () => undefined,
  );
  const port = Number(new URL(url).port);
  await expect(listen(second, { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});

test('T36: a client that sends slowly is told so in JSON, and hung up on, within eight seconds', async () => {
  const { url } = await serve(0);
  const slow = ['G', 'GET / HTTP/1.1\r\nHost: a\r\n'].map((bytes) => sendRaw(url, bytes, 9000));
  for (const answer of await Promise.all(slow)) {
    expect(answer.status).toBe(400);
    expect(answer.headers['connection']).toBe('close');
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    expect(answer.milliseconds).toBeLessThan(8000);
  }
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { openMetricsServer, type MetricsServer } from '../../src/http/metrics-server.ts';
import { logLines } from '../support/log-lines.ts';

const servers: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const logged = logLines();

async function open(text: () => Promise<string>, address = '127.0.0.1:0'): Promise<MetricsServer> {
  const page = { contentType: 'text/plain; version=0.0.4', text };
  const server = await openMetricsServer({ address, page, log: logged.log });
  servers.push(server);
  return server;
}

test('the page is at /metrics, whatever the query, and nothing else is there', async () => {
  const { url } = await open(async () => 'up 1\n');
  const answer = await fetch(`${url}?name[]=up`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  expect(await answer.text()).toBe('up 1\n');
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  for (const path of ['/', '/metrics/', '/healthz', '/token']) {
    expect((await fetch(new URL(path, url))).status).toBe(404);
  }
  const posted = await fetch(url, { method: 'POST', body: 'x' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('metrics that cannot be gathered: 500 without the cause, which the log has', async () => {
  const { url } = await open(() => Promise.reject(new Error('canary')));
  const answer = await fetch(url);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('canary');
  expect(logged.lines('metrics could not be gathered')).toHaveLength(1);
});

test('an address that cannot be had names the setting and what to set it to', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  servers.push(other);
  await new Promise((resolve) => other.once('listening', resolve));
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  await expect(open(async () => '', taken)).rejects.toThrow(
    `metrics.listen: the address ${taken} is in use: another wharfpass, or another program. Set WHARFPASS_METRICS__LISTEN to another host:port, or to off.`,
  );
  await expect(open(async () => '', '192.0.2.1:9464')).rejects.toThrow(
    'metrics.listen: this machine cannot serve on 192.0.2.1:9464 (EADDRNOTAVAIL)',
  );
});

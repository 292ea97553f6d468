import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describeWith } from '../programs.ts';
import { plainEnvironment } from '../run-program.ts';
import { until } from './child.ts';
import { cli } from './cli.ts';
import { openNetwork, type Host, type Network, type NetworkKind } from './network.ts';
import { namespacesWork } from './netns.ts';
import { startServer, type RedisServer } from './server.ts';

const kinds: NetworkKind[] = (await namespacesWork()) ? ['namespaces', 'mesh'] : ['mesh'];

/** Writes to Redis each 20 ms on one connection, and says `in <reply>` for each answer. */
const writer = `
  const socket = require('net').connect({ host: process.argv[1], port: 6379 });
  socket.on('data', (text) => process.stdout.write('in ' + text));
  socket.on('error', (error) => process.stdout.write('error ' + error.code));
  setInterval(() => socket.write('INCR n\\r\\n'), 20);
`;

describeWith(['redis-server', 'setpriv'], 'a network that can be cut', () => {
  it('uses namespaces where it may', async () => {
    const network = await openNetwork(['a']);
    expect(network.kind).toBe(process.env['WHARFPASS_TEST_NETWORK'] ?? kinds[0]);
    expect(() => network.host('b')).toThrow('no host b');
    await network.close();
  });

  describe.each(kinds)('%s', (kind) => {
    let network: Network;
    let server: Host;
    let redis: RedisServer;
    let client: ChildProcess;
    let said = '';

    beforeAll(async () => {
      network = await openNetwork(['server', 'client', 'other'], kind);
      server = network.host('server');
      const { host, port } = await server.serve(6379);
      redis = await startServer({
        config: { bind: host, port, 'protected-mode': 'no' },
        spawn: server.spawn,
      });
      client = network.host('client').spawn('node', ['-e', writer, server.address], {
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      client.stdout?.on('data', (text) => (said += String(text)));
      await once(client.stdout as NonNullable<typeof client.stdout>, 'data');
    });
    afterAll(async () => {
      client.kill('SIGKILL');
      await redis.stop();
      await network.close();
    });

    const ping = (timeout = 1000) =>
      cli({ host: server.address, port: 6379 }, ['PING'], { timeout });
    const counted = async () => Number(await redis.cli('GET', 'n'));
    async function moves(): Promise<[server: boolean, client: boolean]> {
      await wait(100);
      const [n, { length }] = [await counted(), said];
      await wait(150);
      return [(await counted()) > n, said.length > length];
    }

    it('carries what no cut stops', async () => {
      expect(await moves()).toEqual([true, true]);
      expect(await ping()).toBe('PONG');
    });

    it('cuts two hosts from each other, tells neither, and leaves the third alone', async () => {
      await network.partition(['client', 'other'], ['server']);
      expect(await moves()).toEqual([false, false]);
      expect(said).not.toContain('error');
      expect(await ping()).toBe('PONG');
      await network.heal();
      await until('both', async () => (await moves()).every(Boolean), 5000);
    });

    it('cuts one way', async () => {
      await network.cut(['server'], ['client']);
      await wait(100);
      const [served, answered] = await moves();
      expect(answered).toBe(false);
      // TCP itself stops sending when no acknowledgement comes back, but for what its window holds.
      if (kind === 'mesh') expect(served).toBe(true);
      await network.heal();
      await until('both', async () => (await moves()).every(Boolean), 5000);
      expect(said).not.toContain('error');
    });

    it('lets a new connection wait for the end of a cut', async () => {
      await network.partition(['test'], ['server']);
      await expect(ping(300)).rejects.toThrow('no reply within 300 ms');
      const patient = ping(5000);
      await wait(100);
      await network.heal();
      expect(await patient).toBe('PONG');
    });

    it('cuts faster than a heartbeat', async () => {
      const begun = performance.now();
      await network.partition(['server'], ['client', 'other', 'test']);
      await network.heal();
      expect(performance.now() - begun).toBeLessThan(250);
    });
  });
});

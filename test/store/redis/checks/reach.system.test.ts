/** Whom the checks can ask, and what they say where they cannot. */
import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import { describeWith } from '../../../support/programs.ts';
import { makeCertificates } from '../../../support/redis/certificates.ts';
import { startCluster } from '../../../support/redis/cluster.ts';
import { startSentinel } from '../../../support/redis/sentinel.ts';
import { startRedis, steadyPort } from '../../../support/redis/single.ts';
import { findingsAt, type AskOptions } from './ask.ts';

const limited = { maxmemory: '100mb' };

/** The reason for which nothing could be asked. */
async function reasonAt(url: string, options?: AskOptions): Promise<string> {
  try {
    return `no reason, but ${JSON.stringify(await findingsAt(url, options))}`;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'store_unavailable') throw error;
    return error.detail ?? '';
  }
}

describeWith(['redis-server', 'setpriv', 'openssl'], 'start-up checks: servers', () => {
  test('nobody there: the reason, within a few seconds', async () => {
    const port = await steadyPort();
    const reasons = await Promise.all([
      reasonAt(`redis://127.0.0.1:${port}`),
      reasonAt(`redis+sentinel://127.0.0.1:${port}/x`),
      reasonAt(`redis+cluster://127.0.0.1:${port}`),
    ]);
    const why = `connect ECONNREFUSED 127.0.0.1:${port}`;
    expect(reasons).toEqual([
      `redis 127.0.0.1:${port}: ${why}`,
      `redis+sentinel://127.0.0.1:${port}/x/0: ${why}`,
      `redis+cluster://127.0.0.1:${port}: ${why}`,
    ]);
  });

  test('T32: a wrong password is told of at once, and never shown', async () => {
    const redis = await startRedis({ password: 'right', config: limited });
    const { host, port } = redis;
    expect(await findingsAt(redis.url)).toEqual([]);
    const begun = performance.now();
    const wrong = await reasonAt(`redis://:canary-4711@${host}:${port}`);
    expect(wrong).toMatch(/WRONGPASS/);
    expect(wrong).not.toContain('canary');
    expect(await reasonAt(`redis://${host}:${port}`)).toMatch(/NOAUTH/);
    expect(performance.now() - begun).toBeLessThan(2500);
    await redis.stop();
  });

  describe('TLS', () => {
    test('with an authority of its own, and with a certificate to show', async () => {
      const [tls, other] = await Promise.all([makeCertificates(), makeCertificates()]);
      const redis = await startRedis({ tls, config: limited });
      expect(await findingsAt(redis.url, { tls: { ca: tls.ca } })).toEqual([]);
      expect(await reasonAt(redis.url)).toMatch(/certificate/);
      expect(await reasonAt(redis.url, { tls: { ca: other.ca } })).toMatch(/certificate/);
      const plain = redis.url.replace('rediss:', 'redis:');
      expect(await reasonAt(plain)).not.toMatch(/^no reason/);
      await redis.stop();

      const strict = await startRedis({ tls, config: { ...limited, 'tls-auth-clients': 'yes' } });
      expect(await findingsAt(strict.url, { tls })).toEqual([]);
      expect(await reasonAt(strict.url, { tls: { ca: tls.ca } })).not.toMatch(/^no reason/);
      await strict.stop();
    }, 40_000);

    test('a certificate for another name is refused', async () => {
      const tls = await makeCertificates();
      const redis = await startRedis({ tls, config: { ...limited, bind: '127.0.0.1 127.0.0.2' } });
      const elsewhere = redis.url.replace('127.0.0.1', '127.0.0.2');
      expect(await reasonAt(elsewhere, { tls: { ca: tls.ca } })).toMatch(/altnames|IP/);
      await redis.stop();
    });
  });

  test('the clock of the server against ours', async () => {
    const redis = await startRedis({ config: limited });
    const at = (ms: number) => findingsAt(redis.url, { clock: { now: () => Date.now() + ms } });
    expect(await at(-900)).toEqual([]);
    expect(await at(2000)).toMatchObject([
      { level: 'warning', text: expect.stringMatching(/^its clock is 2.0 s behind/) },
    ]);
    expect(await at(-6000)).toMatchObject([
      { level: 'refusal', text: expect.stringMatching(/^its clock is 6.0 s ahead/) },
    ]);
    await redis.stop();
  });

  test('keys of others, and keys of a store of ours', async () => {
    const redis = await startRedis({ config: limited });
    expect(await findingsAt(redis.url)).toEqual([]);
    await redis.cli('SET', 'session:17', 'x');
    const [finding] = await findingsAt(redis.url);
    expect(finding).toMatchObject({ level: 'warning', text: expect.stringMatching(/holds keys/) });
    await redis.cli('HSET', 'wharfpass:{d}:head', 'store', 'x');
    expect(await findingsAt(redis.url)).toEqual([]);
    expect(await findingsAt(redis.url, { prefix: 'other' })).toHaveLength(1);
    await redis.cli('DEL', 'wharfpass:{d}:head');
    await redis.cli('ZADD', 'wharfpass:{d}:instances', 1, 'one that is just starting');
    expect(await findingsAt(redis.url)).toEqual([]);
    await redis.stop();
  });

  test('Sentinels: all three servers are asked, and one that is down is missed', async () => {
    const config = { ...limited, 'aof-load-truncated': 'no' };
    const redis = await startSentinel({ config });
    const ask = () => findingsAt(redis.url, { replicas: 1 });
    expect(await ask()).toEqual([]);
    const [replica] = await redis.replicas();
    await replica?.cli('CONFIG', 'SET', 'appendfsync', 'no');
    expect(await ask()).toMatchObject(
      [{ level: 'refusal', servers: [`${replica?.address}:6379`], text: /^appendfsync/ }].map(
        (each) => ({ ...each, text: expect.stringMatching(each.text) }),
      ),
    );
    await replica?.kill();
    const texts = (await ask()).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(/^1 replica is linked/));
    // With one of two replicas gone the Sentinels still know that there are three servers.
    expect(texts.join()).not.toMatch(/majority/);
    const [sentinel] = redis.sentinels;
    expect(await findingsAt(`redis://${sentinel?.address}:26379`)).toMatchObject([
      { level: 'refusal', text: expect.stringMatching(/^is a Sentinel/) },
    ]);
    const wrong = redis.url.replace(/[^/]+$/, 'nobody');
    expect(await reasonAt(wrong, { replicas: 1 })).toMatch(/nobody/);
    await redis.stop();
  }, 60_000);

  test('a Cluster: all six servers are asked, each shard for itself', async () => {
    const config = {
      ...limited,
      'cluster-require-full-coverage': 'no',
      'aof-load-truncated': 'no',
    };
    const redis = await startCluster({ config });
    const ask = async () => (await findingsAt(redis.url, { replicas: 1 })).slice();
    const single = { level: 'warning', text: expect.stringMatching(/^1 replica is linked, and 1/) };
    const findings = await ask();
    expect(findings).toMatchObject([single, single, single]);
    for (const node of redis.nodes) {
      await node.cli('CONFIG', 'SET', 'cluster-require-full-coverage', 'yes');
      await node.cli('CONFIG', 'SET', 'appendonly', 'no');
    }
    const [worst, ...more] = await ask();
    expect(worst?.text).toMatch(/^appendonly is no/);
    expect(worst?.servers).toHaveLength(6);
    expect(more.at(-1)).toMatchObject({ level: 'note' });
    expect(more.at(-1)?.text).toMatch(/^cluster-require-full-coverage is yes/);

    const node = redis.nodes[0];
    expect(await findingsAt(`redis://${node?.address}:6379`)).toMatchObject([
      { level: 'refusal', text: expect.stringMatching(/^is a node of a Cluster/) },
    ]);
    await redis.stop();
  }, 60_000);
});

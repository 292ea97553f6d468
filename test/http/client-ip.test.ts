import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { createClientIp } from '../../src/http/client-ip.ts';

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

const PROXIES = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1'];

describe('T33: where a request comes from', () => {
  test.each<[string, readonly string[], string | undefined, string | undefined, string | null]>([
    ['no proxy is listed', [], '10.0.0.1', '198.51.100.1', '10.0.0.1'],
    ['the header of a stranger', PROXIES, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['no header', PROXIES, '10.0.0.1', undefined, '10.0.0.1'],
    ['a listed network', PROXIES, '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a listed address', PROXIES, '192.0.2.7', '198.51.100.1', '198.51.100.1'],
    ['its neighbour', PROXIES, '192.0.2.8', '198.51.100.1', '192.0.2.8'],
    [
      'the right-most that is no proxy',
      PROXIES,
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.9.9.9',
      '198.51.100.1',
    ],
    ['a chain of proxies alone', PROXIES, '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.1'],
    ['noise', PROXIES, '10.0.0.1', 'unknown', '10.0.0.1'],
    ['noise in front', PROXIES, '10.0.0.1', '<script>, 198.51.100.1', '198.51.100.1'],
    ['noise behind', PROXIES, '10.0.0.1', '198.51.100.1, a\n b', '10.0.0.1'],
    ['an empty header', PROXIES, '10.0.0.1', '', '10.0.0.1'],
    ['a dual-stack socket', PROXIES, '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a dual-stack hop', PROXIES, '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['IPv6', PROXIES, 'fd00::1', '2001:db8::5', '2001:db8::5'],
    ['the loopback of IPv6', PROXIES, '::1', '2001:db8::5', '2001:db8::5'],
    ['a socket that is gone', PROXIES, undefined, '198.51.100.1', null],
  ])('%s', (_, proxies, socket, forwarded, expected) => {
    expect(createClientIp(proxies)(request(socket, forwarded))).toBe(expected);
  });
});

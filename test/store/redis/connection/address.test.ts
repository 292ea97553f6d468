import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../../../src/credential/secret.ts';
import { AppError } from '../../../../src/errors.ts';
import {
  describeAddress,
  parseRedisAddress,
} from '../../../../src/store/redis/connection/address.ts';

const parse = (url: string) => parseRedisAddress(new Secret(url));

const good: readonly (readonly [url: string, described: string])[] = [
  ['redis://localhost', 'redis://localhost:6379/0'],
  ['redis://localhost:7000/', 'redis://localhost:7000/0'],
  ['redis://:pass@10.0.0.1:7000/3', 'redis://10.0.0.1:7000/3'],
  ['rediss://user:p%40ss%2F%3A@redis.example.com:6380', 'rediss://redis.example.com:6380/0'],
  ['redis://[::1]:7000/15', 'redis://[::1]:7000/15'],
  ['redis+sentinel://a,b:1,c/mymaster', 'redis+sentinel://a:26379,b:1,c:26379/mymaster/0'],
  ['rediss+sentinel://u:p@a/m/2', 'rediss+sentinel://a:26379/m/2'],
  ['redis+sentinel://a/m?sentinel_username=u&sentinel_password=p', 'redis+sentinel://a:26379/m/0'],
  [
    'redis+cluster://u:p@a:7000,b:7001,[fe80::1]:7002',
    'redis+cluster://a:7000,b:7001,[fe80::1]:7002',
  ],
  ['rediss+cluster://a', 'rediss+cluster://a:6379'],
  ['redis+cluster://a/0', 'redis+cluster://a:6379'],
];

test.each(good)('%s is read', (url, described) => {
  expect(describeAddress(parse(url))).toBe(described);
});

test('user, password and database come out decoded, and print as stars', () => {
  const address = parse('rediss://us%20er:p%40s%3As@host/2');
  expect(address).toMatchObject({ kind: 'single', tls: true, db: 2 });
  expect(address.login.username).toBe('us er');
  expect(address.login.password?.reveal()).toBe('p@s:s');
  expect(inspect(address, { depth: 9 }) + JSON.stringify(address)).not.toContain('p@s');
});

test('a password that is not encoded is taken up to the last @ where that is clear', () => {
  expect(parse('redis://u:a@b/c:d@host').login.password?.reveal()).toBe('a@b/c:d');
});

test('the sentinels have a login of their own', () => {
  const address = parse('redis+sentinel://u:p@a,b/m?sentinel_username=su&sentinel_password=s%26p');
  if (address.kind !== 'sentinel') throw new Error('not a sentinel address');
  expect(address.sentinelLogin.username).toBe('su');
  expect(address.sentinelLogin.password?.reveal()).toBe('s&p');
});

const bad: readonly (readonly [url: string, said: RegExp])[] = [
  ['', /does not start with one of the known schemes/],
  ['localhost:6379', /known schemes/],
  ['http://SECRET@localhost', /known schemes/],
  ['redis:/host', /known schemes/],
  ['REDIS://host', /known schemes/],
  ['redis+unix://host', /known schemes/],
  ['redis://', /no host/],
  ['redis://u:SECRET@', /no host/],
  ['redis://SECRET@host', /no colon between user and password/],
  ['redis://u:@host', /password is empty/],
  ['redis://u:%SECRET@host', /%25/],
  ['redis://u:SEC?RET@host', /nothing may follow/],
  ['redis+sentinel://u:SECRET?x@host/m', /a host is no name/],
  ['redis://host:0', /port 0 is not/],
  ['redis://host:65536', /port 65536 is not/],
  ['redis://host:port', /port no number/],
  ['redis://ho st', /host is no name/],
  ['redis://host,other', /redis\+sentinel/],
  ['redis://host,', /host is no name/],
  ['redis://host/one', /database after the last \/ is no number/],
  ['redis://host/1/2', /too many parts/],
  ['redis://host?db=1', /nothing may follow/],
  ['redis://host#x', /a # or a second/],
  ['redis+sentinel://a,b', /name of the primary/],
  ['redis+sentinel://a,b/', /name of the primary/],
  ['redis+sentinel://a/na me', /name of the primary/],
  ['redis+sentinel://a/m/x', /database/],
  ['redis+sentinel://a/m/1/2', /too many parts/],
  ['redis+sentinel://a/m?password=SECRET', /only sentinel_username/],
  ['redis+sentinel://a/m?sentinel_username=u', /without sentinel_password/],
  ['redis+cluster://a/1', /no databases/],
  ['redis+cluster://a/0/0', /too many parts/],
];

describe('a wrong URL is refused in a sentence without the password:', () => {
  test.each(bad)('%s', (url, said) => {
    let error: unknown;
    try {
      parse(url);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof AppError)) throw new Error('it was taken');
    expect(error.code).toBe('bad_request');
    expect(error.message).toMatch(said);
    expect(error.message).toMatch(/The form is redis/);
    expect(inspect(error, { depth: 9 })).not.toMatch(/SEC/);
  });
});

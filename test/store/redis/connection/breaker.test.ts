import { beforeEach, expect, test } from '@jest/globals';
import { createBreaker, type Breaker } from '../../../../src/store/redis/connection/breaker.ts';

let now = 0;
let changes: string[] = [];
let breaker: Breaker;

beforeEach(() => {
  now = 1000;
  changes = [];
  breaker = createBreaker(
    () => now,
    (state) => changes.push(state),
  );
});

function fail(times: number, apart = 0): void {
  for (let count = 0; count < times; count += 1) {
    breaker.failed();
    now += apart;
  }
}

test('four failures leave it closed, the fifth opens it', () => {
  fail(4);
  expect(breaker.state()).toBe('closed');
  expect(breaker.admits()).toBe(true);
  fail(1);
  expect(breaker.state()).toBe('open');
  expect(breaker.admits()).toBe(false);
  expect(changes).toEqual(['open']);
});

test('failures that are a second apart never open it', () => {
  fail(50, 250);
  expect(breaker.state()).toBe('closed');
});

test('an answer forgets the failures before it', () => {
  fail(4);
  breaker.succeeded();
  fail(4);
  expect(breaker.state()).toBe('closed');
});

test('open, it lets one probe through each 250 ms', () => {
  fail(5);
  now += 249;
  expect(breaker.admits()).toBe(false);
  now += 1;
  expect(breaker.admits()).toBe(true);
  expect(breaker.state()).toBe('half_open');
  expect(breaker.admits()).toBe(false);
  breaker.failed();
  expect(breaker.state()).toBe('open');
  now += 249;
  expect(breaker.admits()).toBe(false);
  now += 1;
  expect(breaker.admits()).toBe(true);
  breaker.succeeded();
  expect(breaker.state()).toBe('closed');
  expect(changes).toEqual(['open', 'closed']);
});

test('a probe that was never heard of again does not keep it open', () => {
  fail(5);
  now += 250;
  expect(breaker.admits()).toBe(true);
  now += 500;
  expect(breaker.admits()).toBe(true);
});

test('a new connection allows a probe at once', () => {
  fail(5);
  breaker.mayBeBack();
  expect(breaker.admits()).toBe(true);
  expect(breaker.admits()).toBe(false);
});

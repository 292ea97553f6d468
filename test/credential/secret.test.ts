import { describe, expect, test } from '@jest/globals';
import { format, inspect } from 'node:util';
import { Secret } from '../../src/credential/secret.ts';
import { AppError } from '../../src/errors.ts';
import { logLines } from '../support/log-lines.ts';

const TEXT = 'canary-4711';
const secret = new Secret(TEXT);

describe('T32, JOB-30: a secret prints stars', () => {
  test.each<[string, string]>([
    ['template string', `a ${secret as unknown as string}`],
    ['concatenation', 'x' + (secret as unknown as string)],
    ['String()', String(secret)],
    ['JSON', JSON.stringify({ secret })],
    ['JSON in a list', JSON.stringify([[secret]])],
    ['util.inspect', inspect({ deep: { secret } }, { showHidden: true, depth: null })],
    ['util.inspect alone', inspect(secret, { showHidden: true, customInspect: true })],
    ['util.format', format('%s %o %j', secret, secret, secret)],
    ['an error', inspect(new AppError('internal', `broken: ${String(secret)}`, { cause: secret }))],
    ['a copy', JSON.stringify(Object.assign({}, secret))],
    ['its keys', Object.getOwnPropertyNames(secret).join()],
  ])('%s', (_, printed) => {
    expect(printed).not.toContain(TEXT);
  });

  test('inspect without the custom hook', () => {
    expect(inspect(secret, { customInspect: false, showHidden: true })).not.toContain(TEXT);
  });

  test('the logger', () => {
    const { log, text } = logLines();
    log.error(
      { secret, err: new Error(`no ${String(secret)}`), deep: { list: [secret] } },
      `a ${String(secret)}`,
    );
    expect(text()).toContain('********');
    expect(text()).not.toContain(TEXT);
  });

  test('only reveal() gives the text', () => {
    expect(secret.reveal()).toBe(TEXT);
  });
});

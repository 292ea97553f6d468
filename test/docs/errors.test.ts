import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/errors.ts';
import { errorResponse, SHAPES } from '../../src/http/error-response.ts';
import { readPage, tableRows } from './page.ts';

const page = readPage('errors.md');
const rows = tableRows(page).filter(([code]) => code?.startsWith('`'));

describe('docs/errors.md', () => {
  test('has a line for each code with its status and names, and no other', () => {
    const documented = rows.map(([code, status, registry, oauth]) => [
      code,
      status,
      registry,
      oauth,
    ]);
    const expected = Object.entries(SHAPES).map(([code, { status, registry, oauth }]) => [
      `\`${code}\``,
      String(status),
      `\`${registry}\``,
      `\`${oauth}\``,
    ]);
    expect(documented.toSorted()).toEqual(expected.toSorted());
  });

  test('says of each what causes it', () => {
    for (const [, , , , cause] of rows) expect(cause?.length).toBeGreaterThan(20);
  });
});

describe('an error response', () => {
  const codes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

  test.each(codes)('P-32, P-35, P-37: %s', (code) => {
    const error = new AppError(code, 'It "broke" \\ here.', { detail: 'canary', retryAfter: 7 });
    const { status, headers, body } = errorResponse(error, 'r-1');
    expect(status).not.toBe(403);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Retry-After': '7',
    });
    expect(headers['WWW-Authenticate'] !== undefined).toBe(status === 401);
    const message = 'It "broke" \\ here. (request r-1)';
    expect(JSON.parse(body)).toEqual({
      errors: [{ code: SHAPES[code].registry, message }],
      details: message,
      error: SHAPES[code].oauth,
      // RFC 6749, section 5.2: neither quotes nor backslashes.
      error_description: "It 'broke' / here. (request r-1)",
    });
    expect(body).not.toContain('canary');
  });
});

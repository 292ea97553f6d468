import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { html } from '../../../../src/http/api/openapi/html.ts';
import { API_ROUTES } from '../../../../src/http/api/routes.ts';
import { openApi, type Answer, type Api } from '../support.ts';

let api: Api;
let page: Answer;
beforeAll(async () => {
  api = await openApi();
  page = (await api.raw('get', '/api/docs')) as unknown as Answer;
});
afterAll(() => api.close());

const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

test('the document is there for anybody, with every route', async () => {
  const answer = await api.raw('get', '/api/openapi.json');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  const { paths, info } = answer.body as { paths: object; info: { version: string } };
  expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
  for (const { path, method } of API_ROUTES) {
    expect(paths).toHaveProperty([templateOf(path), method, 'summary']);
  }
});

test('the page has every route, with its summary and an example', () => {
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.text).toContain('name="viewport"');
  for (const { path, method, summary } of API_ROUTES) {
    expect(page.text).toContain(`>${method.toUpperCase()} ${templateOf(path)}</a>`);
    expect(page.text).toContain(html`${summary}`.html);
  }
  expect(page.text.match(/<pre><code>curl /g)).toHaveLength(API_ROUTES.length);
  for (const status of [400, 401, 403, 404, 409, 413, 415, 429, 500, 503]) {
    expect(page.text).toContain(`<td><code>${status}</code></td>`);
  }
});

test('the page asks nothing of anybody, and may not', () => {
  const { text, headers } = page;
  expect(text).not.toMatch(
    /<(script|img|link|iframe|object|embed|form|base)\b|\bon\w+=|url\(|@import/i,
  );
  for (const [, target = ''] of text.matchAll(/\b(?:href|src)="([^"]*)"/g)) {
    expect(target).toMatch(/^(#[\w-]+|openapi\.json)$/);
  }
  const policy = headers['content-security-policy'] ?? '';
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(text.match(/ style="/)).toBeNull();
});

test('every link of the page leads to one place in it', () => {
  const ids = [...page.text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of page.text.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(id);
});

test('its tags are balanced', () => {
  const open: string[] = [];
  for (const [, slash, name = ''] of page.text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (name === 'meta') continue;
    if (slash === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
});

test('a value is text in the page, whatever it says', () => {
  const evil = `<script>"it's" & more</script>`;
  expect(html`<a title="${evil}">${[evil, 1, null]}</a>`.html).toBe(
    '<a title="&lt;script&gt;&quot;it&#39;s&quot; &amp; more&lt;/script&gt;">' +
      '&lt;script&gt;&quot;it&#39;s&quot; &amp; more&lt;/script&gt;1</a>',
  );
});

test('neither takes another method or path', async () => {
  for (const path of ['/api/docs/', '/api/Docs', '/api/openapi.json/x']) {
    expect((await api.raw('get', path)).status).toBe(404);
  }
  expect((await api.raw('post', '/api/docs')).status).toBe(404);
});

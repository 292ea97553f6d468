/** curl, with the requests that `glab api` sends: fields as JSON, forms, and lists walked by their Link headers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api } from '../http/api/support.ts';
import { describeWith } from '../support/programs.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';

interface Shown {
  readonly status: number;
  readonly headers: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is any JSON, and each test says what it expects
  readonly body: any;
}

describeWith(['curl'], 'curl', () => {
  let api: Api;
  beforeAll(async () => {
    api = await openApi();
  });
  afterAll(() => api.close());

  /** @param path under /api/v4, or a whole URL */
  async function curl(path: string, ...args: string[]): Promise<Shown> {
    const url = path.startsWith('/') ? `${api.url}/api/v4${path}` : path;
    const options = { env: plainEnvironment() };
    const { stdout, stderr } = await runProgram('curl', ['-sSi', ...args, url], options);
    const [head = '', text = ''] = stdout.replaceAll('\r\n', '\n').split(/\n\n([^]*)/);
    if (head === '') throw new Error(stderr);
    const status = Number(head.split(' ')[1]);
    return { status, headers: head, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  const admin = ['-H', `PRIVATE-TOKEN: ${ADMIN_TOKEN}`];
  const bearer = ['-H', `Authorization: Bearer ${ADMIN_TOKEN}`];

  test('fields as JSON, as a form and as a form of several parts', async () => {
    const json = ['-H', 'Content-Type: application/json; charset=utf-8'];
    const group = await curl('/groups', ...admin, ...json, '-d', '{"name":"Acme","path":"acme"}');
    expect([group.status, group.body.full_path]).toEqual([201, 'acme']);
    const project = await curl('/projects', ...bearer, '-d', 'path=my.app', '-d', 'namespace_id=1');
    expect([project.status, project.body.path_with_namespace]).toEqual([201, 'acme/my.app']);
    const scopes = ['-F', 'scopes[]=read_registry', '-F', 'scopes[]=write_registry'];
    const path = '/projects/acme%2Fmy%2Eapp/deploy_tokens';
    const token = await curl(path, ...admin, '-F', 'name=cluster', ...scopes);
    expect([token.status, token.body.scopes]).toEqual([201, ['read_registry', 'write_registry']]);
    const file = ['-F', 'name=@package.json'];
    expect(await curl(path, ...admin, ...file)).toMatchObject({
      status: 400,
      body: { error: 'the body holds a file, and no route takes one' },
    });
    expect((await curl(`${path}/${token.body.id}`, ...admin, '-X', 'DELETE')).status).toBe(204);
  });

  test('a list is walked to its end by the links, by pages and by keys', async () => {
    for (let number = 1; number <= 5; number++) await api.user(`user-${number}`);
    for (const query of ['page=1', 'pagination=keyset']) {
      const names: string[] = [];
      for (
        let url: string | undefined = `/users?per_page=2&order_by=id&sort=asc&${query}`;
        url !== undefined;
      ) {
        const { status, headers, body } = await curl(url, ...admin);
        expect(status).toBe(200);
        names.push(...(body as { username: string }[]).map(({ username }) => username));
        url = /^link:.*<([^>]+)>; rel="next"/im.exec(headers)?.[1];
      }
      expect(names).toEqual(['root', 'user-1', 'user-2', 'user-3', 'user-4', 'user-5']);
    }
  });

  test('refusals have a status and words', async () => {
    expect(await curl('/user')).toMatchObject({
      status: 401,
      body: { message: '401 Unauthorized' },
    });
    expect(await curl('/users', ...admin, '-d', 'username=x&colour=red')).toMatchObject({
      status: 400,
      body: { error: 'colour is unknown here' },
    });
    const sent = await curl('/users', ...admin, '-H', 'Content-Type: text/plain', '-d', 'x');
    expect(sent.status).toBe(415);
  });
});

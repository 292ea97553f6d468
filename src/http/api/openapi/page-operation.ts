/** One operation on the page. */
import { html, type Html } from './html.ts';
import type { Operation, Reference, Response } from './operation.ts';
import { fieldsOf, tableOf, typeOf } from './page-schema.ts';

export interface Placed {
  readonly method: string;
  /** `/projects/{id}`. */
  readonly path: string;
  readonly operation: Operation;
}

/** Text in backticks as code. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A command that makes the request, with the examples of the document. */
export function curlOf({ method, path, operation }: Placed): string {
  const at = (name: string): string =>
    encodeURIComponent(String(operation.parameters.find((each) => each.name === name)?.example));
  const url = `"$URL${path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => at(name))}"`;
  const [scheme = {}] = operation.security;
  const header = Object.hasOwn(scheme, 'jobToken') ? 'JOB-TOKEN' : 'PRIVATE-TOKEN';
  const body = operation.requestBody?.content['application/json']?.example;
  const usual = body === undefined ? 'get' : 'post';
  return [
    'curl',
    ...(method === usual ? [] : ['-X', method.toUpperCase()]),
    `-H "${header}: $TOKEN"`,
    url,
    ...(body === undefined ? [] : ['--json', quoted(JSON.stringify(body))]),
  ].join(' ');
}

function parametersOf({ parameters }: Operation): Html | null {
  if (parameters.length === 0) return null;
  const rows = parameters.map(({ name, required, schema, description }) => ({
    name,
    required,
    schema: { ...schema, ...(description !== undefined && { description }) },
  }));
  return html`<h4>Parameters</h4>
    ${tableOf(rows)}`;
}

function bodyOf({ requestBody }: Operation): Html | null {
  const json = requestBody?.content['application/json'];
  return json === undefined
    ? null
    : html`<h4>Body</h4>
        ${fieldsOf(json.schema)}`;
}

const example = (given: unknown): Html =>
  html`<pre><code>${JSON.stringify(given, null, 2)}</code></pre>`;

function responseRow(status: string, { description, content = {} }: Response): Html {
  const types = Object.entries(content).map(([type, { schema }]) =>
    type === 'application/json' ? typeOf(schema) : html`, or <code>${type}</code>`,
  );
  return html`<tr>
    <td><code>${status}</code></td>
    <td>${types}</td>
    <td>${description}</td>
  </tr>`;
}

/** A table of answers by their status. */
export function answersTable(responses: readonly (readonly [string, Response])[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>status</th>
          <th>body</th>
          <th>when</th>
        </tr>
      </thead>
      <tbody>
        ${responses.map(([status, response]) => responseRow(status, response))}
      </tbody>
    </table>
  </div>`;
}

const isReference = (response: Response | Reference): response is Reference => '$ref' in response;

/** What is special to the operation in full; errors, which are the same everywhere, by their status. */
function answersOf({ responses }: Operation): Html {
  const own: (readonly [string, Response])[] = [];
  const shared: Html[] = [];
  for (const [status, response] of Object.entries(responses)) {
    if (isReference(response)) shared.push(html` <a href="#errors">${status}</a>`);
    else own.push([status, response]);
  }
  const shown = own[0]?.[1].content?.['application/json']?.example;
  return html`<h4>Answers</h4>
    ${answersTable(own)}
    <p>Errors:${shared}</p>
    ${shown === undefined ? null : example(shown)}`;
}

export function operationSection(placed: Placed): Html {
  const { method, path, operation } = placed;
  return html`<section id="${operation.operationId}">
    <h3><span class="method">${method}</span> <code>${path}</code></h3>
    <p>${operation.summary} ${prose(operation.description)}</p>
    ${parametersOf(operation)} ${bodyOf(operation)}
    <pre><code>${curlOf(placed)}</code></pre>
    ${answersOf(operation)}
  </section>`;
}

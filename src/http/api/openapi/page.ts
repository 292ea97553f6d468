/** The document as a page for people: no script, and nothing from anywhere else. */
import { createHash } from 'node:crypto';
import { html, type Html } from './html.ts';
import type { OpenApiDocument } from './document.ts';
import { answersTable, operationSection, prose, type Placed } from './page-operation.ts';
import { fieldsOf } from './page-schema.ts';
import { STYLE } from './page-style.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Lets the page have its own style and nothing else (CSP Level 3). */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const anchorOf = (tag: string): string => `tag-${tag.toLowerCase().replaceAll(' ', '-')}`;

function contents(byTag: ReadonlyMap<string, readonly Placed[]>): Html {
  const entry = ({ method, path, operation }: Placed): Html =>
    html`<li><a href="#${operation.operationId}">${method.toUpperCase()} ${path}</a></li>`;
  const part = ([tag, placed]: readonly [string, readonly Placed[]]): Html =>
    html`<h3><a href="#${anchorOf(tag)}">${tag}</a></h3>
      <ul>
        ${placed.map(entry)}
      </ul>`;
  return html`<nav>
    <h2>Contents</h2>
    ${[...byTag].map(part)}
  </nav>`;
}

function errors({ components }: OpenApiDocument): Html {
  return html`<h2 id="errors">Errors</h2>
    ${answersTable(Object.entries(components.responses))}`;
}

function schemas({ components }: OpenApiDocument): Html {
  const one = ([name, schema]: readonly [
    string,
    OpenApiDocument['components']['schemas'][string],
  ]) =>
    html`<section id="schema-${name}">
      <h3>${name}</h3>
      <p>${schema.description ?? ''}</p>
      ${fieldsOf(schema)}
    </section>`;
  return html`<h2 id="schemas">Bodies of answers</h2>
    ${Object.entries(components.schemas).map(one)}`;
}

function placedIn({ paths, tags }: OpenApiDocument): ReadonlyMap<string, readonly Placed[]> {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
  return new Map(
    tags.map(({ name }) => [name, all.filter(({ operation }) => operation.tags[0] === name)]),
  );
}

function introduction({ info, servers }: OpenApiDocument): Html {
  const paragraphs = String(info['description']).split('\n\n');
  return html`<h1>${String(info['title'])} ${info.version}: REST API</h1>
    ${paragraphs.map((text) => html`<p>${prose(text)}</p>`)}
    <p>
      The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). In the examples
      <code>$URL</code> is the address of this server with <code>${servers[0]?.url ?? ''}</code>,
      and <code>$TOKEN</code> a token.
    </p>`;
}

export function createPage(document: OpenApiDocument): string {
  const byTag = placedIn(document);
  const parts = [...byTag].map(
    ([tag, placed]) =>
      html`<h2 id="${anchorOf(tag)}">${tag}</h2>
        ${placed.map(operationSection)}`,
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${String(document.info['title'])}: REST API</title>
        ${{ html: `<style>${STYLE}</style>` }}
      </head>
      <body>
        ${introduction(document)} ${contents(byTag)}
        <main>${parts}${errors(document)}${schemas(document)}</main>
      </body>
    </html> `;
  return page.html;
}

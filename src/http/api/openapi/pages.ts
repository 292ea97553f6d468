/** What the REST API says of itself, to anybody: it is no secret. */
import { Router } from 'express';
import type { Route } from '../route.ts';
import { createDocument, type OpenApiDocument } from './document.ts';
import { createPage, PAGE_POLICY } from './page.ts';

/** @returns what the first call made */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * `/openapi.json` for programs and `/docs` for people. Each is made at its first request and kept.
 *
 * @param version of the package
 */
export function createApiPages(routes: readonly Route[], version: string): Router {
  const document = once((): OpenApiDocument => createDocument(routes, version));
  const json = once(() => Buffer.from(JSON.stringify(document())));
  const page = once(() => Buffer.from(createPage(document())));
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/openapi.json', (_req, res) => void res.type('application/json').send(json()));
  router.get('/docs', (_req, res) => {
    res.set('Content-Security-Policy', PAGE_POLICY).type('text/html').send(page());
  });
  return router;
}

/**
 * POST /registry/notifications: what registries tell of pushes, pulls and deletions. An answer of 200 means that it is
 * in the audit stream; a registry sends again whatever was answered otherwise.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { RecordRegistryEvents } from '../../audit/registry-events.ts';
import type { Secret } from '../../credential/secret.ts';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { errorResponse, publicError } from '../error-response.ts';
import { readBody } from '../read-body.ts';
import { requestIdOf } from '../request-id.ts';
import { readEnvelope } from './envelope.ts';

export interface ReceiverDeps {
  readonly secret: Secret;
  readonly record: RecordRegistryEvents;
  readonly log: Logger;
}

const PATH = '/registry/notifications';
/** Bytes of an envelope. */
const MAX_BODY = 1_048_576;
const MEDIA_TYPES = [
  'application/vnd.docker.distribution.events.v1+json',
  'application/vnd.docker.distribution.events.v2+json',
];

/** Digests, so that lengths are equal and the comparison takes as long for every guess. */
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function createCheck(secret: Secret) {
  const expected = digestOf(secret.reveal());
  return (req: Request): void => {
    const [, given] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digestOf(given), expected)) return;
    throw new AppError(
      'unauthorized',
      'The Authorization header is not "Bearer" and the secret of notifications.secret.',
    );
  };
}

function checkType(req: Request): void {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (MEDIA_TYPES.includes(type)) return;
  throw new AppError('bad_request', `The body must be ${MEDIA_TYPES.join(' or ')}.`);
}

function sendFault(thrown: unknown, res: Response, log: Logger): void {
  const error = publicError(thrown);
  const id = requestIdOf(res);
  const line = { request_id: id, code: error.code, detail: error.detail, reason: error.message };
  if (error.code === 'internal') log.error({ ...line, err: error.cause }, 'notification failed');
  else log.warn(line, 'notification not taken');
  const { status, headers, body } = errorResponse(error, id);
  const challenge = status === 401 && { 'WWW-Authenticate': 'Bearer realm="wharfpass"' };
  if (res.headersSent) return void res.destroy();
  res.writeHead(status, { ...headers, ...challenge }).end(body);
}

/** A registry cannot send less for being refused, so what is not understood is said in the log and passed over. */
export function createReceiver({ secret, record, log }: ReceiverDeps): Router {
  const check = createCheck(secret);

  async function take(req: Request, res: Response): Promise<void> {
    if (req.method !== 'POST') {
      res.setHeader('Allow', 'POST');
      throw new AppError('method_not_allowed', 'Notifications are sent by POST.');
    }
    check(req);
    checkType(req);
    const { events, passedOver } = readEnvelope(await readBody(req, MAX_BODY));
    const id = requestIdOf(res);
    if (passedOver > 0) {
      log.warn({ request_id: id, events: passedOver }, 'events of a registry are not understood');
    }
    const outcome = await record(events, id);
    res.set('Cache-Control', 'no-store').json({ ...outcome, passed_over: passedOver });
  }

  const router = Router({ caseSensitive: true, strict: true });
  router.all(PATH, (req, res) => {
    take(req, res).catch((thrown: unknown) => sendFault(thrown, res, log));
  });
  return router;
}

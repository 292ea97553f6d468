/** Reads what a registry posts to a notification endpoint (Distribution, "Registry notifications", "Envelope"). */
import { isIP } from 'node:net';
import {
  REGISTRY_ACTIONS,
  type RegistryAction,
  type RegistryEvent,
} from '../../audit/registry-event.ts';
import { AppError } from '../../errors.ts';

/** Registries send one event at a time, or a few. */
const MOST = 1_000;

export interface Envelope {
  readonly events: readonly RegistryEvent[];
  /** Events that tell of nothing we know, or have no id. */
  readonly passedOver: number;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

const isAction = (value: unknown): value is RegistryAction =>
  REGISTRY_ACTIONS.some((action) => action === value);

/** `192.0.2.7:41372`, `[2001:db8::7]:41372`, or the address alone. */
export function addressOf(text: string | null): string | null {
  if (text === null) return null;
  const bare = isIP(text) === 0 ? text.replace(/:\d{1,5}$/, '').replace(/^\[|\]$/g, '') : text;
  return isIP(bare) === 0 ? null : bare;
}

/** Longest id and name that are kept: a registry's id is a UUID, and its names have 255 characters. */
const MAX_ID = 128;

/** null for what tells of nothing that we know. */
function readEvent(value: unknown): RegistryEvent | null {
  const event = fieldsOf(value);
  const [target, request] = [fieldsOf(event['target']), fieldsOf(event['request'])];
  const [id, repository] = [textOf(event['id']), textOf(target['repository'])];
  const action = event['action'];
  if (id === null || id.length > MAX_ID || repository === null || !isAction(action)) return null;
  const at = Date.parse(textOf(event['timestamp']) ?? '');
  return {
    id,
    action,
    at: Number.isNaN(at) ? null : at,
    repository,
    tag: textOf(target['tag']),
    digest: textOf(target['digest']),
    fromRepository: textOf(target['fromRepository']),
    actor: textOf(fieldsOf(event['actor'])['name']) ?? '',
    userAgent: textOf(request['useragent']),
    ip: addressOf(textOf(request['addr'])),
    registry: textOf(fieldsOf(event['source'])['addr']),
    requestId: textOf(request['id']),
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new AppError('bad_request', 'The body is not JSON.');
  }
}

/** @throws AppError `bad_request` for what is no envelope, `payload_too_large` for one with too many events */
export function readEnvelope(body: string): Envelope {
  const { events: sent } = fieldsOf(parse(body));
  if (!Array.isArray(sent)) {
    throw new AppError('bad_request', 'The body is no envelope: it has no list named events.');
  }
  if (sent.length > MOST) {
    throw new AppError('payload_too_large', `The envelope holds more than ${MOST} events.`);
  }
  const events = sent.flatMap((each) => readEvent(each) ?? []);
  return { events, passedOver: sent.length - events.length };
}

import { z } from 'zod';

const HOST_PORT = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}`;

const address = (form: string, error: string) =>
  z
    .string()
    .regex(new RegExp(`^${form}$`), { error, abort: true })
    .refine((text) => !(Number(/\d+$/.exec(text)?.[0]) > 65_535), 'the port must be 0 to 65535');

/** Of a listener. Port 0 takes a free one. */
export const hostPort = address(HOST_PORT, 'must be host:port');
/** Of a listener that can be left out. */
export const addressOrOff = address(`(off|${HOST_PORT})`, 'must be host:port, or off');

import type { Socket } from 'node:net';

/** `resetAndDestroy`, which leaks the socket while its own end is under way: libuv refuses a reset then. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

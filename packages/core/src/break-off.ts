import type { Socket } from 'node:net';

/**
 * Ends a TCP connection at once: its other end is told by a reset, and what the kernel still holds is not sent any more. One
 * that does not stand yet has nothing to send, and one that is shutting down cannot be reset: libuv refuses (EINVAL,
 * `uv_tcp_close_reset`) and would leave it open for ever.
 */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

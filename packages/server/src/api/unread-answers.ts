import type { Server, ServerResponse } from 'node:http'

/** `idleMs`: without a byte of progress; `answerMs`: from a request to the end of its answer. */
export type Patience = { idleMs: number; answerMs: number }

/** Longer than any request waits for the database and the query node. */
const PATIENCE: Patience = { idleMs: 120_000, answerMs: 600_000 }

const timers = new WeakMap<ServerResponse, NodeJS.Timeout>()

/** Closes connections whose client asks and does not read the answer, which would be kept in memory. */
export function limitUnreadAnswers(server: Server, { idleMs, answerMs }: Patience = PATIENCE): void {
  server.setTimeout(idleMs)
  server.on('request', ({ socket }, res) => {
    const timer = setTimeout(() => socket.destroy(), answerMs).unref()
    timers.set(res, timer)
    res.once('close', () => clearTimeout(timer))
  })
}

/** A live stream has no end: its pings keep it open, and it is sent only what its client has room for. */
export const letStream = (res: ServerResponse): void => clearTimeout(timers.get(res))

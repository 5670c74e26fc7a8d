import { clearLine, cursorTo } from 'node:readline'
import { styleText } from 'node:util'
import { fit } from './width.ts'

/** What a screen needs of a terminal, file or pipe. */
type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

const SILENCE_MS = 2_000
const REWRITE_MS = 500
const REPEAT_MS = 30_000

export type Screen = ReturnType<typeof createScreen>

/** Prints lines. After two seconds without one, prints what the demo is busy with. */
export function createScreen(output: Output) {
  const columns = () => output.columns || 80
  let activity = ''
  let lastLineAt = Date.now()
  /** A terminal shows a status, which the next line replaces. */
  let statusShown = false
  /** When each activity was last printed as a plain line. */
  const printedAt = new Map<string, number>()

  function clearStatus() {
    if (statusShown) clearLine(output, 0)
    statusShown = false
  }

  const timer = setInterval(() => {
    const now = Date.now()
    if (!activity || now - lastLineAt < SILENCE_MS) return
    const status = `${activity} (${Math.floor((now - lastLineAt) / 1000)} s)`
    if (output.isTTY) {
      clearStatus()
      output.write(styled('dim', fit(status, columns() - 1).trimEnd()))
      // Whatever else is printed, such as a warning of the log, overwrites the status.
      cursorTo(output, 0)
      statusShown = true
    } else if (now - (printedAt.get(activity) ?? 0) >= REPEAT_MS) {
      output.write(`${status}\n`)
      printedAt.set(activity, now)
    }
  }, REWRITE_MS)
  timer.unref()

  const styled = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: output, validateStream: true })

  return {
    columns,
    /** Text in a style, where the output shows styles. */
    styled,
    say(text: string) {
      clearStatus()
      output.write(`${text}\n`)
      lastLineAt = Date.now()
    },
    /** Says what takes time from now on; it is shown once it takes long. */
    busy(text: string) {
      activity = text
    },
    close() {
      clearInterval(timer)
      clearStatus()
    },
  }
}

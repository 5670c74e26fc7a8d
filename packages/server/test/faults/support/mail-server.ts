import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** A mail server that takes everything, until the end of the test. */
export async function startMailServer() {
  const mail = {
    url: '',
    /** Message-IDs, in the order in which emails were taken. */
    taken: [] as string[],
    /** Milliseconds that it thinks before it takes an email. */
    delay: 0,
    /** Awaited before it takes an email. */
    beforeTaking: async () => {},
    /** Message-IDs that were taken more often than once. */
    twice: () => [...new Set(mail.taken.filter((id, n) => mail.taken.indexOf(id) !== n))],
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, callback) {
      // One whose sender is killed in the middle of it is not taken.
      text(stream).then(async (email) => {
        await sleep(mail.delay)
        await mail.beforeTaking()
        mail.taken.push(/^Message-ID: (.*)$/im.exec(email)?.[1]?.trim() ?? '')
        callback()
      }, callback)
    },
  })
  // A client that is killed breaks its connection.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mail.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  return mail
}

export type MailServer = Awaited<ReturnType<typeof startMailServer>>

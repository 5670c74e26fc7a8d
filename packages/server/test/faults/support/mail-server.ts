import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** Where a server refuses, and how. `says`: with or without an enhanced status code. */
export type Fault = { at: 'greeting' | 'sender' | 'recipient' | 'message'; code: number; says: string }

/** A mail server that accepts everything, until the end of the test. */
export async function startMailServer() {
  const mail = {
    url: '',
    /** Message-IDs in the order of acceptance. */
    taken: [] as string[],
    /** Milliseconds before it accepts an email. */
    delay: 0,
    /** Awaited before it accepts an email. */
    beforeTaking: async () => {},
    /** Instead of accepting emails. */
    fault: undefined as Fault | undefined,
    /** Connections, senders, recipients and messages that were refused. */
    asked: 0,
    /** Message-IDs that were accepted more than once. */
    twice: () => [...new Set(mail.taken.filter((id, n) => mail.taken.indexOf(id) !== n))],
  }
  const refusal = (at: Fault['at']): Error | null => {
    if (mail.fault?.at !== at) return null
    mail.asked++
    const { code: responseCode, says } = mail.fault
    return Object.assign(new Error(says), { responseCode })
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onConnect: (_session, callback) => callback(refusal('greeting')),
    onMailFrom: (_address, _session, callback) => callback(refusal('sender')),
    onRcptTo: (_address, _session, callback) => callback(refusal('recipient')),
    onData(stream, _session, callback) {
      // An email whose sender was killed half-way is not accepted.
      text(stream).then(async (email) => {
        await sleep(mail.delay)
        await mail.beforeTaking()
        const refused = refusal('message')
        if (refused) return callback(refused)
        mail.taken.push(/^Message-ID: (.*)$/im.exec(email)?.[1]?.trim() ?? '')
        callback()
      }, callback)
    },
  })
  // A killed client breaks its connection.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mail.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  return mail
}

export type MailServer = Awaited<ReturnType<typeof startMailServer>>

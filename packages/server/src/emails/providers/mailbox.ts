import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { parseSender } from '../../lib/email-address.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../outbox/provider.ts'
import { asFiles } from './files.ts'

/** Writes each email to a folder as an `.eml` file instead of sending it, for development. */
export function createMailbox({ folder, sender }: { folder: string; sender: string }): Provider {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })

  async function send({
    id,
    to,
    subject,
    html,
    text,
    messageId,
    headers,
    attachments,
  }: OutgoingEmail): Promise<Outcome> {
    try {
      const recipient = { name: '', address: to }
      const email = { from: parseSender(sender) ?? sender, to: recipient, subject, html, text, messageId, headers }
      const { message } = await transport.sendMail({ ...email, attachments: asFiles(attachments) })
      const name = `${new Date().toISOString().replace(/[:.]/g, '-')}-${String(id).padStart(8, '0')}.eml`
      await mkdir(folder, { recursive: true })
      // A reader of the folder never sees half an email.
      await writeFile(join(folder, `.${name}`), message)
      await rename(join(folder, `.${name}`), join(folder, name))
      return { result: 'sent', messageId: name }
    } catch (error) {
      return { result: 'unavailable', reason: (error as Error).message }
    }
  }

  return { name: 'mailbox', send, close: async () => {} }
}

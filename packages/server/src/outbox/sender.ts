import { addressAsSent } from '../lib/email-address.ts'

/** In ASCII, as headers have it. @param emailSender such as `Pioneer <notifications@example.org>` */
export function domainOf(emailSender: string): string {
  const [sender = '@localhost'] = /@[^\s<>]+/.exec(emailSender) ?? []
  return addressAsSent(sender).replace(/^@/, '')
}

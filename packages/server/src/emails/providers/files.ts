import type { Attachment } from '../../outbox/provider.ts'

/** Attachments as Nodemailer takes them. */
export const asFiles = (attachments: readonly Attachment[] = []) =>
  attachments.map(({ name, type, content }) => ({ filename: name, contentType: type, content }))

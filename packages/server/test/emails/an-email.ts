import type { Attachment, OutgoingEmail } from '../../src/outbox/provider.ts'

export const sender = 'Pioneer <notifications@example.org>'

export const email: OutgoingEmail = {
  id: 12,
  to: 'bob@example.com',
  subject: 'alice mentioned you in “Plants & cacti”',
  html: '<p>Hi bob, <b>alice</b> said: “{{hello}} &amp; welcome”</p>',
  text: 'Hi bob, alice said: “{{hello}} & welcome”\n',
  messageId: '<email-12@example.org>',
  key: '12.1767225600000',
  headers: {
    'Auto-Submitted': 'auto-generated',
    'List-Id': 'Joystream DAO: Forum <forum.notifications.example.org>',
    'In-Reply-To': '<thread-3@example.org>',
    References: '<thread-3@example.org>',
  },
}

export const calendarFile: Attachment = {
  name: 'deadline.ics',
  type: 'text/calendar; charset=utf-8; method=PUBLISH',
  content: 'BEGIN:VCALENDAR\r\nSUMMARY:Ends: “Zürich” 🌱\r\nEND:VCALENDAR\r\n',
}
export const emailWithFile: OutgoingEmail = { ...email, attachments: [calendarFile] }

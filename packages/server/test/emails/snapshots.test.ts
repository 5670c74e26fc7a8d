import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, onTestFinished, test } from 'vitest'
import { createMailbox } from '../../src/emails/providers/mailbox.ts'
import { sampleEmails } from '../../src/emails/samples.ts'

// What each email looks like to a mail program. `npm test -- -u` writes the files again after a change on purpose.

const SENDER = 'Pioneer <notifications@example.org>'
const samples = await sampleEmails({ pioneerUrl: 'https://pioneer.example', emailMaxAgeMs: 1, emailSender: SENDER })
/** They differ each time. */
const HIDDEN_HEADERS = ['date', 'content-type', 'mime-version']

/** A token is signed at the time of the test. */
const withoutTokens = (text: string) => text.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')

test.each(samples.map(({ group, name, compose }) => [`${group} ${name}`, compose] as const))(
  '%s reads as it did before',
  async (title, compose) => {
    const folder = await mkdtemp(join(tmpdir(), 'snapshot-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const provider = createMailbox({ folder, sender: SENDER })
    await provider.send({ id: 1, to: 'bob@example.org', messageId: '<1@example.org>', key: '1.1', ...compose() })
    await provider.close()
    const [file = ''] = await readdir(folder)
    const email = await simpleParser(await readFile(join(folder, file)))
    const headers = email.headerLines
      .filter(({ key }) => !HIDDEN_HEADERS.includes(key))
      .map(({ line }) => line.replace(/\r?\n\s+/g, ' '))
      .sort()
    const [head = '', body = ''] = String(email.html).split('</head>')
    await expect(head.replace(/<title>.*<\/title>/, '<title></title>')).toMatchFileSnapshot('snapshots/head.txt')
    const files = email.attachments.map(
      ({ filename, contentType, content }) =>
        `${filename} (${contentType})\n\n${content.toString().replaceAll('\r', '')}`,
    )
    const parts = [headers.join('\n'), email.text, body, ...files].map((part) => withoutTokens(String(part)).trim())
    await expect(`${parts.join('\n\n----\n\n')}\n`).toMatchFileSnapshot(`snapshots/${title.replaceAll(' ', '-')}.txt`)
  },
)

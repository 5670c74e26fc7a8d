import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ParsedMail, simpleParser } from 'mailparser'
import { type Html, html } from '../src/lib/html.ts'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { readConfiguration } from './configuration.ts'
import { emailFrame, page } from './pages/layout.ts'
import { type Answer, type Site, servePages } from './pages/serve.ts'
import { listening, portOf } from './port.ts'

/** A demo can write thousands of emails. */
const MAX_LISTED = 100

/**
 * Shows a development mailbox in a browser, newest email first; open pages follow what arrives.
 *
 * @param folder where the mailbox provider writes; it need not exist yet
 * @param port 0 for any
 * @throws Error when the port is taken
 */
export async function serveMailbox(folder: string, port = 0): Promise<Site> {
  // A file never changes.
  const parsed = new Map<string, Promise<ParsedMail>>()
  const emailIn = (file: string) => {
    const email = parsed.get(file) ?? readFile(join(folder, file)).then((source) => simpleParser(source))
    parsed.set(file, email)
    return email
  }

  async function answers(path: string): Promise<Answer | undefined> {
    const files = await newestFirst(folder)
    const [, place, file = files[0], part] = path.split('/')
    if (place !== '' && place !== 'emails') return undefined
    if (file === undefined) return { type: 'page', body: page('Mailbox', html``, EMPTY) }
    // Only listed files are opened, whatever the URL says.
    if (!files.includes(file)) return undefined
    const email = await emailIn(file)
    if (part === 'html') return { type: 'email', body: email.html || '' }
    if (part !== undefined) {
      const attachment = email.attachments[Number(part)]
      return attachment && { type: 'text', body: attachment.content.toString() }
    }
    const listed = await Promise.all(
      files.slice(0, MAX_LISTED).map(async (name) => ({ name, email: await emailIn(name) })),
    )
    const list = html`<ol>${listed.map((entry) => entryOf(entry.name, entry.email, entry.name === file))}</ol>`
    return { type: 'page', body: page('Mailbox', list, contentOf(file, email)) }
  }

  const version = async () => {
    const files = await newestFirst(folder)
    return `${files.length} ${files[0]}`
  }
  return servePages(answers, version, port)
}

async function newestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => /^[^.].*\.eml$/.test(name)).sort((a, b) => (a < b ? 1 : -1))
}

const EMPTY = html`<p class="dim">No emails yet. What is sent appears here by itself.</p>`

const entryOf = (file: string, email: ParsedMail, current: boolean) => html`
  <li><a href="/emails/${file}" aria-current="${current ? 'page' : 'false'}">
    ${email.subject ?? ''}
    <small><span>${addressOf(email.to)}</span><time>${timeOf(email)}</time></small>
  </a></li>`

const contentOf = (file: string, email: ParsedMail): Html => html`
  <h2>${email.subject ?? ''}</h2>
  <dl>
    <dt>To</dt><dd>${addressOf(email.to)}</dd>
    <dt>From</dt><dd>${addressOf(email.from)}</dd>
    <dt>Date</dt><dd>${email.date?.toLocaleString('en-GB') ?? ''}</dd>
  </dl>
  ${emailFrame(`/emails/${file}/html`, 'html')}
  <h3>Text</h3>
  <pre>${email.text ?? ''}</pre>
  ${email.attachments.map(
    ({ filename = 'attachment', contentType, content }, n) => html`
      <h3>Attached: <a href="/emails/${file}/${n}" download="${filename}">${filename}</a></h3>
      <p class="dim">${contentType}</p>
      <pre>${content.toString()}</pre>`,
  )}
  <h3>Headers</h3>
  <pre>${email.headerLines.map(({ line }) => line).join('\n')}</pre>
  <p class="dim">${file}</p>`

const addressOf = (address: ParsedMail['to']) =>
  [address ?? []]
    .flat()
    .map(({ text }) => text)
    .join(', ')
const timeOf = ({ date }: ParsedMail) => date?.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }) ?? ''

if (import.meta.main) {
  const usage = usageOf('dev:mailbox')
  const port = portOf(usage, readArguments(usage).values.port, 3200)
  const { emailProviders, dataFolder } = readConfiguration()
  const [provider] = emailProviders
  const folder = provider?.name === 'mailbox' ? provider.folder : join(dataFolder, 'mailbox')
  const { url } = await listening(port, () => serveMailbox(folder, port))
  console.log(`The emails in ${folder}: ${url}`)
}

import { type SampleEmail, sampleEmails } from '../src/emails/samples.ts'
import { html } from '../src/lib/html.ts'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { emailFrame, page } from './pages/layout.ts'
import { type Answer, servePages } from './pages/serve.ts'
import { listening, portOf } from './port.ts'

// Shows every email with sample data, at the widths of a phone and a desktop. `node --watch` restarts it when a file
// changes; open pages then reload.

const usage = usageOf('dev:emails')
const port = portOf(usage, readArguments(usage).values.port, 3100)

const all = await sampleEmails({
  pioneerUrl: 'https://pioneerapp.xyz',
  emailMaxAgeMs: Number.POSITIVE_INFINITY,
  emailSender: 'Pioneer <notifications@example.org>',
})
const started = new Date().toISOString()

async function answers(path: string): Promise<Answer | undefined> {
  const [, group = '', name, part] = path.split('/')
  const sample = group === '' ? all[0] : all.find((sample) => sample.group === group && sample.name === name)
  if (!sample) return undefined
  const email = sample.compose()
  if (part === 'html') return { type: 'email', body: email.html }
  const content = html`
    <h2>${email.subject}</h2>
    <p class="dim">${sample.group}: ${sample.name}</p>
    <div class="sizes">${['phone', 'desktop'].map((size) => emailFrame(`${pathOf(sample)}/html`, size))}</div>
    <h3>Text</h3>
    <pre>${email.text}</pre>
    ${(email.attachments ?? []).map(
      ({ name, content }) => html`
        <h3>Attached: ${name}</h3>
        <pre>${content}</pre>`,
    )}`
  return { type: 'page', body: page('Emails', listOf(sample), content) }
}

const pathOf = ({ group, name }: SampleEmail) => `/${group}/${name}`

const listOf = (shown: SampleEmail) =>
  html`${[...Map.groupBy(all, ({ group }) => group)].map(
    ([group, samples]) => html`
      <h2>${group}</h2>
      <ol>${samples.map(
        (sample) => html`
          <li><a href="${pathOf(sample)}" aria-current="${sample === shown ? 'page' : 'false'}">${sample.name}</a></li>`,
      )}</ol>`,
  )}`

const { url } = await listening(port, () => servePages(answers, async () => started, port))
console.log(`Every email with sample data: ${url}`)

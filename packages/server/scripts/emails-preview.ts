import { createComposer, type News } from '../src/emails/compose.ts'
import { emailFrame, html, page } from './pages/html.ts'
import { type Answer, servePages } from './pages/serve.ts'
import { sampleNews } from './sample-news.ts'

// Shows every email with sample data, as wide as a phone and as a desktop. Started anew by `node --watch` when a file
// changes; pages that are open then reload.

const PORT = 3100

const compose = await createComposer({ pioneerUrl: 'https://pioneerapp.xyz' })
const all = sampleNews()
const started = new Date().toISOString()

async function answers(path: string): Promise<Answer | undefined> {
  const [, type = '', kind, part] = path.split('/')
  const news = type === '' ? all[0] : all.find((news) => news.type === type && news.kind === kind)
  if (!news) return undefined
  const email = compose(news)
  if (part === 'html') return { type: 'email', body: email.html }
  const content = html`
    <h2>${email.subject}</h2>
    <p class="dim">${news.type}, to those with ${news.kind}</p>
    <div class="sizes">${['phone', 'desktop'].map((size) => emailFrame(`${pathOf(news)}/html`, size))}</div>
    <h3>Text</h3>
    <pre>${email.text}</pre>`
  return { type: 'page', body: page('Emails', listOf(news), content) }
}

const pathOf = ({ type, kind }: News) => `/${type}/${kind}`

const listOf = (shown: News) =>
  html`${Object.entries(Object.groupBy(all, ({ type }) => type)).map(
    ([type, group = []]) => html`
      <h2>${type}</h2>
      <ol>${group.map(
        (news) => html`
          <li><a href="${pathOf(news)}" aria-current="${news === shown ? 'page' : 'false'}">${news.kind}</a></li>`,
      )}</ol>`,
  )}`

const { url } = await servePages(answers, async () => started, PORT)
console.log(`Every email with sample data: ${url}`)

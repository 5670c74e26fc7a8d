import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import mjml2html from 'mjml'

// A thread of template.ts. MJML takes 100 MB and seconds to load: only this thread loads it, and ends.

const { html } = await mjml2html(await readFile(workerData, 'utf8'), {
  fonts: {},
  keepComments: false,
  validationLevel: 'strict',
})
parentPort?.postMessage(html)

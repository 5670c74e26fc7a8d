import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Handlebars from 'handlebars'
import mjml2html from 'mjml'
import type { Letter } from './define.ts'

type Content = Letter & { preview: string; settings: string; unsubscribe: string | null; preferences: string | null }

type Fill = (content: Content) => { html: string; text: string }
let compiled: Promise<Fill> | undefined

/**
 * Compiles the templates beside this file, once: MJML to HTML with its placeholders, then both parts to functions. Only
 * the HTML part is escaped: readers of the text part would see `&amp;`.
 * @throws Error when a template has a mistake
 */
export function loadTemplate(): Promise<Fill> {
  compiled ??= compile()
  return compiled
}

async function compile(): Promise<Fill> {
  const [mjml, plain] = await Promise.all([source('letter.mjml'), source('letter.txt')])
  const { html } = await mjml2html(mjml, { fonts: {}, keepComments: false, validationLevel: 'strict' })
  // The indentation is a third of the size.
  const fillHtml = Handlebars.compile<Content>(html.replace(/\n\s+/g, '\n'), { strict: true, knownHelpersOnly: true })
  const fillText = Handlebars.compile<Content>(plain, { strict: true, knownHelpersOnly: true, noEscape: true })
  return (content) => ({ html: fillHtml(content), text: fillText(content) })
}

const source = (name: string) => readFile(join(import.meta.dirname, name), 'utf8')

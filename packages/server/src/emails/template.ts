import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import Handlebars from 'handlebars'
import type { Letter, Section } from './define.ts'

type Content = Letter & {
  preview: string
  settings: string
  unsubscribe: string | null
  preferences: string | null
  /** Where the same can be done without the app. */
  page: string | null
  sections: Section[]
  /** That it brings entries along. */
  calendar: string | null
}

/** The two parts, each from its content. */
type Fill = (html: Content, text: Content) => { html: string; text: string }
let compiled: Promise<Fill> | undefined

const THREAD = new URL('./mjml-thread.ts', import.meta.url)

/**
 * Compiles the templates beside this file, once: MJML to HTML with its placeholders, then both parts to functions. Only
 * the HTML part is escaped: readers of the text part would see `&amp;`. MJML runs in a thread of its own, so that the
 * API answers others meanwhile.
 * @throws Error when a template has a mistake, or the thread cannot be started: the next call tries again
 */
export function loadTemplate(): Promise<Fill> {
  compiled ??= compile().catch((error: unknown) => {
    compiled = undefined
    throw error
  })
  return compiled
}

async function compile(): Promise<Fill> {
  const [html, plain] = await Promise.all([htmlOf(path('letter.mjml')), readFile(path('letter.txt'), 'utf8')])
  // The indentation is a third of the size.
  const fillHtml = Handlebars.compile<Content>(html.replace(/\n\s+/g, '\n'), { strict: true, knownHelpersOnly: true })
  const fillText = Handlebars.compile<Content>(plain, { strict: true, knownHelpersOnly: true, noEscape: true })
  return (forHtml, forText) => ({ html: fillHtml(forHtml), text: fillText(forText) })
}

/** As the template escapes what is put into it. */
export const escapeHtml = (text: string): string => Handlebars.escapeExpression(text)

/** @throws Error when the template has a mistake, or the thread cannot be started */
export function htmlOf(file: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  new Worker(THREAD, { workerData: file })
    .on('message', resolve)
    .on('error', reject)
    .on('exit', (code) => reject(new Error(`The thread that compiles the template ended (${code})`)))
  return promise
}

const path = (name: string) => join(import.meta.dirname, name)

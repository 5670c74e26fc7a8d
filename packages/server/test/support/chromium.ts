import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Whether tests can use a browser. Without one, it reports what was not tested. */
export function hasChromium(subject: string): boolean {
  const found = existsSync(executablePath)
  if (!found) console.warn(`${subject} was NOT tested: no Chromium at ${executablePath}. CHROMIUM_PATH names another.`)
  return found
}

/** Bounds a hang only. */
const PATIENCE_MS = 120_000

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  // There is no internet access.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** One browser for all tests of a `describe`. @returns opens a page with its own profile */
export function browsing() {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ARGUMENTS, timeout: PATIENCE_MS })
  })
  afterAll(() => browser.close())
  return async (options?: Parameters<Browser['newPage']>[0]) => {
    const page = await browser.newPage(options)
    page.setDefaultTimeout(PATIENCE_MS)
    return page
  }
}

import { inTransaction } from '../../db/client.ts'
import { html } from '../../lib/html.ts'
import { confirmAddress, readConfirmation } from '../../members/confirmation.ts'
import type { PageDeps, PageHandler } from './deps.ts'
import { maskAddress } from './mask.ts'
import { notice, sendPage } from './page.ts'

/** Confirms an address without the app. A button does, since programs that look for threats open every link. */
export function createVerifyEmail({ pool, tokens, pioneerUrl }: PageDeps): PageHandler {
  const settings = html`<a href="${pioneerUrl}/#/settings">your settings</a>`
  const ended = notice(
    'This link does not work',
    html`It is incomplete, or more than seven days old. Ask for a new one in ${settings}.`,
  )
  const replaced = notice(
    'This link has ended',
    html`Its address was replaced since. Check the address in ${settings}.`,
  )

  const stopped = notice(
    'This link is too old',
    html`Emails to its address have stopped since: one was returned, or marked as spam. Ask for a new link in ${settings}.`,
  )

  return async (req, res, token) => {
    const confirmation = await readConfirmation(pool, tokens, token)
    if (!confirmation) return sendPage(req, res, 404, ended)
    const { memberId, email } = confirmation
    const address = maskAddress(email)
    if (req.method !== 'POST') {
      const content = html`<div>
        <p>News of the Joystream DAO for membership ${memberId} will go to ${address}.</p>
        <form method="post" action="" class="plain"><button class="main">Confirm this address</button></form>
      </div>`
      return sendPage(req, res, 200, { title: 'Confirm your email address', content })
    }
    req.resume()
    const done = await inTransaction(pool, (transaction) => confirmAddress(transaction, confirmation))
    if (done === 'ended') return sendPage(req, res, 404, replaced)
    if (done === 'suppressed') return sendPage(req, res, 409, stopped)
    const text = html`<span class="done" role="status">${address} receives the news of membership ${memberId} from now on.</span>`
    sendPage(req, res, 200, notice('Your address is confirmed', text))
  }
}

import { inTransaction, type Pool, queryPrepared, single } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { type Calm, type CalmChanges, CalmMistake, saveCalm } from '../../members/calm.ts'
import {
  askForConfirmation,
  confirmAddress,
  enterAddress,
  readConfirmation,
  removeAddress,
  stoppedAddress,
} from '../../members/confirmation.ts'
import { type FeedName, readFeedUrls, renewFeed } from '../../members/feed-addresses.ts'
import { setReceiveEmails } from '../../members/settings.ts'
import type { Suppression } from '../../outbox/suppression.ts'
import { apiError } from '../errors.ts'
import { parseText, parseTime } from './arguments.ts'
import { builder, type Context, type Profile, requireMember, requireProfile } from './builder.ts'
import { readAddress } from './email-confirmation.ts'
import { EmailFrequency, EmailSuppressionReason } from './enums.ts'

const EmailSuppressed = builder.objectRef<Suppression>('EmailSuppressed').implement({
  description: 'Why nothing is emailed to the address of a member, and since when.',
  fields: (t) => ({
    reason: t.expose('reason', { type: EmailSuppressionReason, nullable: false }),
    at: t.string({ nullable: false, description: 'ISO 8601.', resolve: ({ since }) => since.toISOString() }),
  }),
})

const Member = builder.objectRef<Profile>('Member').implement({
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    name: t.exposeString('name', { nullable: false }),
    email: t.exposeString('email', { description: 'The confirmed address, which receives emails.' }),
    unverifiedEmail: t.exposeString('unverifiedEmail', { description: 'The address that is not confirmed yet.' }),
    emailSuppressed: t.field({
      type: EmailSuppressed,
      description:
        'Set while nothing is emailed to `email`, or to `unverifiedEmail` where there is no other: an email bounced, or was marked as spam. `updateMember` with the same address sends a confirmation, once a day at most, whose link ends this.',
      resolve: (member, _args, { pool }) => stoppedAddress(single(pool), member),
    }),
    receiveEmails: t.exposeBoolean('receiveEmails', { nullable: false }),
    emailFrequency: t.expose('emailFrequency', { type: EmailFrequency, nullable: false }),
    digestHour: t.exposeInt('digestHour', {
      nullable: false,
      description: 'When daily and weekly digests are sent: the hour in `timeZone`, 0 to 23.',
    }),
    digestWeekday: t.exposeInt('digestWeekday', {
      nullable: false,
      description: 'The day of weekly digests: 1 (Monday) to 7 (Sunday).',
    }),
    timeZone: t.exposeString('timeZone', {
      nullable: false,
      description: 'A name of the IANA database, such as `Europe/Berlin`.',
    }),
    pauseEmailsUntil: t.string({
      description: 'No news is emailed before this time (ISO 8601). Null: there is no pause.',
      resolve: ({ pauseEmailsUntil: until }) => (until && until.getTime() > Date.now() ? until.toISOString() : null),
    }),
    urgentImmediately: t.exposeBoolean('urgentImmediately', {
      nullable: false,
      description: 'Whether mentions and elections are emailed at once, without waiting for a digest.',
    }),
    calendarUrl: t.string({
      description:
        'Where a calendar can subscribe to what ends and concerns the member (iCalendar). Whoever has the address reads it. Null: the API has no public address.',
      resolve: async ({ id }, _args, { pool }) => (await readFeedUrls(pool, id))?.calendar,
    }),
    feedUrl: t.string({
      description:
        'Where a feed reader can subscribe to the notifications (Atom). Whoever has the address reads them. Null: the API has no public address.',
      resolve: async ({ id }, _args, { pool }) => (await readFeedUrls(pool, id))?.notifications,
    }),
  }),
})

builder.queryField('me', (t) => t.field({ type: Member, resolve: (_root, _args, context) => requireProfile(context) }))

builder.queryField('memberExist', (t) =>
  t.boolean({
    description: 'Whether a membership is registered. Needs no token.',
    args: { id: t.arg.int() },
    resolve: async (_root, { id }, { pool }) => id != null && isRegistered(pool, id),
  }),
)

builder.mutationField('updateMember', (t) =>
  t.field({
    type: Member,
    description:
      'Changes settings. A new address replaces the old one once it is confirmed. Beyond a limit its confirmation is sent later.',
    args: {
      email: t.arg.string({ description: 'An empty one changes nothing.' }),
      receiveEmails: t.arg.boolean(),
      removeEmail: t.arg.boolean({ description: 'Removes the address, also one that is not confirmed yet.' }),
      emailFrequency: t.arg({ type: EmailFrequency }),
      digestHour: t.arg.int({ description: '0 to 23.' }),
      digestWeekday: t.arg.int({ description: '1 (Monday) to 7 (Sunday).' }),
      timeZone: t.arg.string({ description: 'A name of the IANA database, such as `Europe/Berlin`.' }),
      pauseEmailsUntil: t.arg.string({
        description:
          'Until then, a year from now at most, no news is emailed. Null, or a time that has passed, ends the pause.',
      }),
      urgentImmediately: t.arg.boolean(),
    },
    async resolve(_root, { email, receiveEmails, removeEmail, ...calm }, context) {
      const { id } = await requireMember(context)
      const address = readAddress(email, context)
      if (removeEmail && address !== undefined) {
        throw apiError('BAD_USER_INPUT', 'A request can either change the address or remove it: send one of the two.')
      }
      const changes = readCalm(calm)
      const confirmation = await inTransaction(context.pool, async (transaction) => {
        await saveCalm(transaction, id, changes)
        if (receiveEmails != null) await setReceiveEmails(transaction, id, receiveEmails)
        if (removeEmail) await removeAddress(transaction, id)
        // A settings page sends every field, also the address in use.
        if (address !== undefined && (await enterAddress(transaction, id, address))) {
          return askForConfirmation(transaction, id, address)
        }
        return undefined
      }).catch((error: unknown) => {
        throw error instanceof CalmMistake ? apiError('BAD_USER_INPUT', error.message) : error
      })
      if (confirmation !== undefined) context.sendPromptly?.(confirmation)
      return requireProfile(context)
    },
  }),
)

builder.mutationField('renewCalendarUrl', (t) =>
  t.string({
    description: 'Ends the address of the calendar and returns a new one.',
    resolve: (_root, _args, context) => renewed(context, 'calendar'),
  }),
)

builder.mutationField('renewFeedUrl', (t) =>
  t.string({
    description: 'Ends the address of the feed and returns a new one.',
    resolve: (_root, _args, context) => renewed(context, 'notifications'),
  }),
)

async function renewed(context: Context, feed: FeedName): Promise<string | undefined> {
  const { id } = await requireMember(context)
  await renewFeed(context.pool, id, feed)
  return (await readFeedUrls(context.pool, id))?.[feed]
}

builder.mutationField('verifyEmail', (t) =>
  t.field({
    type: Member,
    description:
      'Confirms the address that received the token, and tells the address before it. Changes nothing when it is repeated.',
    args: { token: t.arg.string({ required: true }) },
    async resolve(_root, { token }, { db, pool, tokens }) {
      const confirmed = await readConfirmation(pool, tokens, token)
      if (!confirmed) {
        throw apiError(
          'INVALID_TOKEN',
          'This link is invalid or more than seven days old: request a new one in your settings.',
        )
      }
      if ((await inTransaction(pool, (transaction) => confirmAddress(transaction, confirmed))) === 'ended') {
        throw apiError(
          'INVALID_TOKEN',
          'The address of this link was replaced since: check the address in your settings.',
        )
      }
      return db.member.findUnique({ where: { id: confirmed.memberId } })
    },
  }),
)

type CalmArguments = { [Setting in keyof Calm]?: (Setting extends 'pauseEmailsUntil' ? string : Calm[Setting]) | null }

/** Null leaves a setting as it is, as in the other arguments. It ends a pause. */
const readCalm = ({ pauseEmailsUntil, ...others }: CalmArguments): CalmChanges => ({
  emailFrequency: others.emailFrequency ?? undefined,
  digestHour: others.digestHour ?? undefined,
  digestWeekday: others.digestWeekday ?? undefined,
  timeZone: parseText(others.timeZone),
  urgentImmediately: others.urgentImmediately ?? undefined,
  pauseEmailsUntil: pauseEmailsUntil == null ? pauseEmailsUntil : parseTime(pauseEmailsUntil),
})

/** Every client asks this, and Prisma's first statement takes 25 MB (docs/decisions/0006). */
async function isRegistered(pool: Pool, id: number): Promise<boolean> {
  const { rowCount } = await queryPrepared(pool, Prisma.sql`SELECT FROM "Member" WHERE id = ${id}`)
  return rowCount === 1
}

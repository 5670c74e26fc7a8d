import type { Usage } from './arguments.ts'

const notifyOptions = {
  'dry-run': { description: 'prints who would be notified, and writes nothing' },
  'retry-set-aside': { description: 'tries the events again that could not be understood' },
}

/** What the commands of package.json take, by the name of their script. */
export const usages = {
  'start:api': { summary: 'Serves the GraphQL API until it is stopped' },
  'start:worker': { summary: 'Runs the notifier again and again until it is stopped' },
  'start:all': {
    summary:
      'Registers INITIAL_MEMBERSHIPS, then serves the API and runs the notifier, in one process, until it is stopped',
  },
  notify: {
    summary: 'Runs the notifier once: reads what is new, records notifications, sends the emails that are due',
    options: notifyOptions,
  },
  migrate: {
    summary: 'Brings the database up to date and registers INITIAL_MEMBERSHIPS',
    options: {
      seed: { description: 'only registers INITIAL_MEMBERSHIPS' },
      'dry-run': { description: 'prints what would be done, a takeover included, and changes nothing' },
      'back-to-pioneer': { description: 'restores the tables of the backend that this service replaces' },
    },
  },
  seed: { summary: 'Registers INITIAL_MEMBERSHIPS and prints their tokens' },
  status: {
    summary: 'Prints how the service is; exit code 1 when something is wrong',
    options: {
      dns: { description: "checks SPF, DKIM and DMARC of EMAIL_SENDER's domain instead" },
      'dkim-selector': { value: 'name', description: 'with --dns, where the domain has its DKIM key' },
    },
  },
  why: {
    summary: 'Explains why a member was, or was not, notified of an event and emailed about it',
    positionals: [
      { name: 'member id', description: 'whose notifications', isRequired: true },
      {
        name: 'what',
        description: 'the id of an event or of a notification, or the link to a page of Pioneer',
        isRequired: true,
      },
    ],
    options: { json: { description: 'prints one JSON object' } },
  },
  emails: {
    summary: 'Prints the outbox at a glance, lists emails, or sends failed ones again',
    options: {
      failed: { description: 'lists those that failed, newest first' },
      to: { value: 'member id', description: "lists this member's; with --failed or --retry, only these" },
      retry: { value: 'ids', description: 'tries failed emails again: ids as in 12,13, or `failed` for all' },
      json: { description: 'prints one JSON object' },
    },
  },
  member: {
    summary: 'Prints what is known of a member: address, settings, notifications, sign-ins',
    positionals: [{ name: 'member id', description: 'the number of the membership', isRequired: true }],
    options: {
      unsubscribe: { description: 'first switches all email to the member off, as their own unsubscribing does' },
      json: { description: 'prints one JSON object' },
    },
  },
  demo: {
    summary: 'Shows the whole service on this machine, with everything that it needs made up',
    options: {
      once: { description: 'ends after the first round' },
      json: { description: 'with --once, prints the figures as JSON' },
    },
  },
  'dev:notify': {
    summary: 'Runs the notifier once, and again after each change of the code',
    options: notifyOptions,
  },
  'dev:api': { summary: 'Serves the API, and restarts it after each change of the code' },
  'dev:emails': {
    summary: 'Serves a page that previews every email with sample data',
    options: { port: { value: 'number', description: 'where it listens on 127.0.0.1; 3100 without it' } },
  },
  'dev:mailbox': {
    summary: 'Serves a page that shows the development mailbox',
    options: { port: { value: 'number', description: 'where it listens on 127.0.0.1; 3200 without it' } },
  },
  'dev:mockEmail': {
    summary: 'Sends one sample email through the configured provider',
    positionals: [
      { name: 'address', description: 'where to send it', isRequired: true },
      {
        name: 'email',
        description: 'which one: a kind of notification, or `verification`; FORUM_POST_MENTION without it',
      },
    ],
  },
  'dev:authtoken': {
    summary: 'Prints a token for the API',
    positionals: [{ name: 'member id', description: 'whose token', isRequired: true }],
  },
  'db:reset': {
    summary:
      'Deletes the embedded database and makes an empty one; a database that DATABASE_URL names is never touched',
    options: { yes: { description: 'does not ask first' } },
  },
  drift: { summary: 'Names each generated file that is out of date; exit code 1 when there is one' },
  'generate:schema': { summary: "Prints the API's schema to packages/server/schema.graphql" },
} satisfies Record<string, Omit<Usage, 'command'>>

export type CommandName = keyof typeof usages

/** @param name a script of package.json */
export const usageOf = (name: CommandName): Usage => ({ command: `npm run ${name}`, ...usages[name] })

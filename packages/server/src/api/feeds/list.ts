import { calendarFeed } from './calendar.ts'
import type { FeedDefinition } from './define.ts'
import { notificationsFeed } from './notifications.ts'

export const feeds: readonly FeedDefinition[] = [calendarFeed, notificationsFeed]

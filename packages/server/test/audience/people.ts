import type { Category, Member } from 'query-node'
import type { Story } from '../support/story.ts'

/** Signs members up by handle, with default settings. */
export async function people<Handle extends string>(story: Story, ...handles: Handle[]) {
  const members = await Promise.all(handles.map((handle) => story.member(handle)))
  return Object.fromEntries(members.map((member) => [member.handle, member])) as Record<Handle, Member>
}

/** Creates nested categories, outermost first. */
export function categories(story: Story, ...titles: string[]): Category[] {
  const path: Category[] = []
  for (const title of titles) {
    const parent = path.at(-1)
    path.push(story.chain.categoryCreated(title, parent ? { parent } : {}))
  }
  return path
}

/** Runs the notifier and returns only the notifications of this run. */
export async function toldNow(story: Story): Promise<string[]> {
  await story.db.notification.deleteMany()
  await story.notify()
  return story.told()
}

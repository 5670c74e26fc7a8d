import type { Category, Member } from 'query-node'
import type { Story } from '../support/story.ts'

/** Members by their handles. All of them registered with this service and never touched a setting. */
export async function people<Handle extends string>(story: Story, ...handles: Handle[]) {
  const members = await Promise.all(handles.map((handle) => story.member(handle)))
  return Object.fromEntries(members.map((member) => [member.handle, member])) as Record<Handle, Member>
}

/** Categories one in the other, the top one first. */
export function categories(story: Story, ...titles: string[]): Category[] {
  const path: Category[] = []
  for (const title of titles) {
    const parent = path.at(-1)
    path.push(story.chain.categoryCreated(title, parent ? { parent } : {}))
  }
  return path
}

/** Finishes the open block, runs the notifier, and gives only what this run told. */
export async function toldNow(story: Story): Promise<string[]> {
  await story.db.notification.deleteMany()
  await story.notify()
  return story.told()
}

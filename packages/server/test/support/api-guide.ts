import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Block = { section: string; language: string; text: string }

/** The code blocks of docs/api.md, each with its heading. */
export async function guideBlocks(): Promise<Block[]> {
  const guide = await readGuide()
  const blocks: Block[] = []
  let section = ''
  for (const [, heading, language = '', text = ''] of guide.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (heading) section = heading
    else blocks.push({ section, language, text })
  }
  return blocks
}

/** The first script under a heading of docs/api.md. */
export async function guideScript(section: string): Promise<string> {
  const block = (await guideBlocks()).find((block) => block.section === section && block.language === 'js')
  if (!block) throw new Error(`docs/api.md has no script under "${section}"`)
  return block.text
}

export const readGuide = () => readFile(join(import.meta.dirname, '../../../../docs/api.md'), 'utf8')

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import config from '../../../../vitest.config.ts'
import { ROOT, readRoot, readStages } from './dockerfile.ts'

type Step = { uses?: string; run?: string; with?: Record<string, unknown> }

const read = (name: string) => parse(readRoot(`.github/workflows/${name}.yml`))
const { check } = read('check').jobs
const image = read('image')
const step = (steps: Step[], action: string) => steps.find(({ uses }) => uses?.startsWith(`${action}@`))

test('every push is checked, by what has to pass before anything lands', () => {
  expect(read('check').on.push).toEqual({ branches: ['**'] })
  const commands = check.steps.flatMap(({ run = '' }: Step) => /^bash (\S+)$/.exec(run)?.[1] ?? [])
  expect(commands).toEqual(['.ci/run'])
  expect(existsSync(join(ROOT, commands[0] ?? ''))).toBe(true)
})

test('it checks the code first, then runs every suite of tests, then the demo', () => {
  const { scripts } = JSON.parse(readRoot('package.json'))
  const commands = readRoot('.ci/run').match(/^npm .+$/gm) ?? []
  const slow = Object.keys(scripts).filter((name) => name.startsWith('test:'))
  expect(commands.slice(0, 3)).toEqual(['npm ci', 'npm run check:static', 'npm test'])
  expect(scripts.check).toBe('npm run check:static && npm test')
  expect(commands.slice(3, -1).sort()).toEqual(slow.map((name) => `npm run ${name}`).sort())
  expect(commands.at(-1)).toMatch(/ demo /)

  const run = [scripts.test, ...slow.map((name) => scripts[name])].map((script) => script.split('--project ')[1])
  const projects = config.test?.projects?.map((project) => Object(project).test.name)
  expect(run.sort()).toEqual(projects?.sort())
})

test('it runs on the Node.js that the image has', () => {
  const { with: options } = step(check.steps, 'actions/setup-node') ?? {}
  for (const { from } of readStages()) expect(from).toBe(`node:${options?.['node-version']}-slim`)
  expect(readRoot('package.json')).toContain(`"node": "${options?.['node-version']}.`)
})

test('a tag that has passed the check is published for both platforms', () => {
  expect(image.on).toEqual({ push: { tags: ['v*'] } })
  const { needs, steps } = image.jobs.publish
  expect(image.jobs[needs].uses).toBe('./.github/workflows/check.yml')
  expect(read('check').on).toHaveProperty('workflow_call')
  expect(step(steps, 'docker/build-push-action')?.with).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    push: true,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's, not JavaScript's
    tags: '${{ steps.metadata.outputs.tags }}',
  })
  // The token's scope, as the registry requires it.
  expect(image.jobs.publish.permissions).toEqual({ contents: 'read', packages: 'write' })
})

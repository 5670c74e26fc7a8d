import type { Rule } from '../../events/define.ts'
import { toJson } from '../../lib/json.ts'

/** A post in a thread of thousands of authors names all of them. */
const MOST_BYTES = 64 * 1024

/**
 * The JSON of `Event.rules`: a list in order of importance. Of large ones only how many members each names, or leaves out
 * (`excepted`), as `counts`; or else, for each kind and audience, how many members or entities, as `sums`.
 */
export function keptRules(rules: readonly Rule[]): string {
  const named = rules.map((rule) => {
    if (rule.audience === 'members') return { ...rule, memberIds: memberNumbers(rule.memberIds) }
    if (rule.audience !== 'everyone') return rule
    const { unless: _, except, ...rest } = rule
    return { ...rest, ...(except && { except: memberNumbers(except) }) }
  })
  const counted = named.map((rule): CountedRule => {
    const { audience, kind } = rule
    if (rule.audience === 'members') return { audience, kind, count: rule.memberIds.length }
    if (rule.audience === 'everyone') return { audience, kind, ...(rule.except && { excepted: rule.except.length }) }
    return rule
  })
  const json = [named, { counts: counted }].map(toJson).find((text) => Buffer.byteLength(text) <= MOST_BYTES)
  return json ?? toJson({ sums: sumsOf(counted) })
}

type CountedRule = Pick<Rule, 'audience' | 'kind'> & { count?: number; excepted?: number }

function sumsOf(rules: readonly CountedRule[]) {
  const groups = Map.groupBy(rules, ({ audience, kind }) => `${audience} ${kind}`)
  return [...groups.values()].map((group) => ({
    audience: group[0]?.audience,
    kind: group[0]?.kind,
    count: group.reduce((sum, { count = 1 }) => sum + count, 0),
    ...(group.some(({ excepted }) => excepted) && {
      excepted: group.reduce((sum, { excepted = 0 }) => sum + excepted, 0),
    }),
  }))
}

/** Member ids of the chain as integers. A mention can contain any number: invalid ones are dropped. */
export const memberNumbers = (ids: readonly (string | undefined)[]): number[] =>
  ids.map(Number).filter((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31)

import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isUnionType,
} from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { continueSample, type QueryNode, sampleChain, startQueryNode } from '../src/index.ts'
import { typeDefs } from '../src/query/contract.ts'
import { writeEverything } from './everything.ts'
import { ask, serve } from './support.ts'

const schema = buildSchema(typeDefs)
const queries = Object.values(schema.getQueryType()?.getFields() ?? {})

/** Selects every field of a type, and of the types it refers to if `deep`. */
function selectionOf(type: GraphQLOutputType, deep: boolean): string {
  const named = getNamedType(type)
  if (isObjectType(named)) return `{ ${fieldsOf(named, deep)} }`
  if (!isUnionType(named)) return ''
  return `{ __typename ${named
    .getTypes()
    .map((variant) => `... on ${variant.name} ${selectionOf(variant, deep)}`)
    .join(' ')} }`
}

const fieldsOf = (type: GraphQLObjectType, deep: boolean): string =>
  Object.values(type.getFields())
    .map(({ name, type: target }) => {
      // The alias is needed because variants of a union can have fields of the same name and different types.
      const field = name === 'id' ? name : `${type.name}_${name}: ${name}`
      if (isObjectType(getNamedType(target)) && !deep) return `${field} { __typename }`
      return `${field} ${selectionOf(target, false)}`
    })
    .join(' ')

let everything: QueryNode
beforeAll(async () => {
  everything = await startQueryNode(writeEverything())
  return () => everything.close()
})

const askForAll = (node: QueryNode, { name, type }: GraphQLField<unknown, unknown>, deep: boolean) => {
  const argument = name === 'membershipByUniqueInput' ? '(where: { id: "1" })' : '(limit: 1000)'
  return ask<{ rows: unknown }>(node, `{ rows: ${name}${argument} ${selectionOf(type, deep)} }`)
}

test.each(queries.map((query) => [query.name, query] as const))('%s answers with every field', async (_, query) => {
  const { rows } = await askForAll(everything, query, true)
  expect(rows).toBeTruthy()
  expect(rows, 'writeEverything() writes none').not.toEqual([])
})

test('every query works on a long sample chain', async () => {
  const sample = sampleChain()
  for (let n = 0; n < 300; n += 1) continueSample(sample)
  const node = await serve(sample.chain)
  for (const query of queries) await askForAll(node, query, false)
})

const sampleOf: Record<string, unknown> = {
  Int: 1,
  ID: '1',
  String: 'a',
  Boolean: true,
  BigInt: '1',
  DateTime: '2026-01-01',
}

function exampleOf(type: GraphQLInputType): unknown {
  const named = getNamedType(type)
  const value = isInputObjectType(named)
    ? { id_in: ['1', '2'] }
    : isEnumType(named)
      ? named.getValues()[0]?.name
      : sampleOf[named.name]
  return isListType(getNullableType(type)) ? [value] : value
}

const lists = queries.filter(({ args }) => args.some(({ name }) => name === 'orderBy'))

test.each(lists.map((query) => [query.name, query] as const))(
  '%s accepts every filter and order',
  async (name, { args }) => {
    for (const argument of args) {
      const type = getNamedType(argument.type)
      const values = isInputObjectType(type)
        ? Object.values(type.getFields()).map((filter) => ({ [filter.name]: exampleOf(filter.type) }))
        : isEnumType(type)
          ? type.getValues().map((order) => [order.name])
          : [1]
      const query = `query ($value: ${argument.type}) { rows: ${name}(${argument.name}: $value) { __typename } }`
      for (const value of values) await ask(everything, query, { value })
    }
  },
)

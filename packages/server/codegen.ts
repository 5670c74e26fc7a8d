import type { CodegenConfig } from '@graphql-codegen/cli'

// The documents stand in the event files and the look-ups; their types come from the query node's schema.
export default {
  schema: '../query-node/schema.graphql',
  documents: ['src/events/**/*.ts', 'src/chain/**/*.ts', 'src/api/**/*.ts'],
  ignoreNoDocuments: true,
  generates: {
    'src/generated/query-node/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: '.ts',
        scalars: { BigInt: 'string', DateTime: 'string', ID: 'string', Bytes: 'string', JSONObject: 'unknown' },
      },
    },
  },
} satisfies CodegenConfig

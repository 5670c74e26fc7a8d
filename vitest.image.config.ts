import base from './vitest.config.ts'

// `npm run test:image`. Apart from `npm test`, because it installs all that the image has, which takes a minute or two.
export default { ...base, test: { ...base.test, include: ['packages/server/test/deployment/*.long.ts'] } }

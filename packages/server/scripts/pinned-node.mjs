// Printed by `npm ci` where npm itself runs on another Node.js: plain JavaScript, because that one may run no TypeScript.
// npm's own warnings about it, one for each package, are silenced in .npmrc.
import { readFileSync } from 'node:fs'

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const [, npms] = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '') ?? []
if (npms && npms.split('.')[0] !== devDependencies.node.split('.')[0]) {
  console.log(
    `npm runs on Node.js ${npms}; the scripts of this project run on Node.js ${devDependencies.node}, which is now in node_modules.`,
  )
}

// Types of the package: the declarations of one entry and of all that it reaches in the workspace, in the places that
// they have there, with names of the workspace's packages written as paths.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const SPECIFIER = /(from |import\(|import )(['"])([^'"]+)\2/g

/**
 * @param {string} root of the workspace
 * @param {string} staged where the package is put together
 * @param {readonly string[]} entries declarations, from the root
 */
export function copyTypes(root, staged, entries) {
  const done = new Set()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue
    done.add(path)
    const here = path
    const text = readFileSync(join(root, path), 'utf8').replace(SPECIFIER, (_whole, before, quote, specifier) => {
      const target = declarationOf(root, here, specifier)
      if (target === null) return `${before}${quote}${specifier}${quote}`
      waiting.push(target)
      const from = relative(dirname(here), target)
        .split(sep)
        .join('/')
        .replace(/\.d\.ts$/, '.js')
      return `${before}${quote}${from.startsWith('.') ? from : `./${from}`}${quote}`
    })
    mkdirSync(dirname(join(staged, path)), { recursive: true })
    writeFileSync(join(staged, path), text.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  }
  return done.size
}

/** From the root; null = it belongs to somebody else. */
function declarationOf(root, from, specifier) {
  if (specifier.startsWith('.')) return check(root, join(dirname(from), specifier).replace(/\.[jt]s$/, '.d.ts'))
  const own = /^@belay\/([^/]+)(?:\/(.+))?$/.exec(specifier)
  if (own === null) return null
  const folder = join('packages', own[1])
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const { types } = exports[own[2] === undefined ? '.' : `./${own[2]}`]
  return check(root, join(folder, types.replace(/^\.\/src\//, 'dist/').replace(/\.ts$/, '.d.ts')))
}

function check(root, path) {
  if (!existsSync(join(root, path))) throw new Error(`${path} is missing: build first`)
  return path
}

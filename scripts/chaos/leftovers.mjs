// What a run may leave behind outside of its folders: shared memory that has a name, and control groups (Linux; nothing elsewhere).
import { readdirSync, readFileSync } from 'node:fs'

/** Browsers and databases of others come and go there; neither server nor runs ever make a name in it themselves. */
const OF_OTHERS = /^(\.org\.chromium\.|PostgreSQL\.|pulse-shm-|sem\.)/
const GROUP_DEPTH = 6

/** @param {() => string[]} list @returns {string[]} */
function listed(list) {
  try {
    return list()
  } catch {
    return []
  }
}

/** Groups of runs below a group. @param {string} folder @param {number} depth @returns {string[]} */
function runGroupsBelow(folder, depth) {
  return listed(() =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const path = `${folder}/${name}`
        return name.startsWith('belay-run-') ? [path] : depth > 1 ? runGroupsBelow(path, depth - 1) : []
      }),
  )
}

/** Segments of System V, by key, id and owner. @returns {string[]} */
function segments() {
  return listed(() => readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1)).map((line) => {
    const [key, id, , bytes] = line.trim().split(/\s+/)
    return `shared memory segment ${key} ${id} of ${bytes} bytes`
  })
}

/** All there is now: what is new at the end has been left. @returns {ReadonlySet<string>} */
export function namedResources() {
  return new Set([
    ...listed(() => readdirSync('/dev/shm'))
      .filter((name) => !OF_OTHERS.test(name))
      .map((name) => `/dev/shm/${name}`),
    ...segments(),
    ...runGroupsBelow('/sys/fs/cgroup', GROUP_DEPTH),
  ])
}

/** What is there now and was not before. @param {ReadonlySet<string>} before @returns {string[]} */
export function leftBehind(before) {
  return [...namedResources()].filter((name) => !before.has(name))
}

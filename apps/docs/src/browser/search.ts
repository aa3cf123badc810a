/** The search: all words must be found; titles count most. The index is loaded when somebody first looks. */

interface Entry {
  readonly t: string
  readonly s: string
  readonly u: string
  readonly x: string
}

const SHOWN = 12

const site = document.documentElement.dataset['site'] ?? 'search.json'
const box = document.querySelector<HTMLElement>('.search')
const input = document.querySelector<HTMLInputElement>('#search')
const list = document.querySelector<HTMLUListElement>('#found')
const count = document.querySelector<HTMLElement>('#count')

let loading: Promise<readonly Entry[]> | null = null

function entries(): Promise<readonly Entry[]> {
  loading ??= fetch(site).then((answer) => answer.json() as Promise<readonly Entry[]>)
  return loading
}

/** 0 = a word is missing. */
function score(entry: Entry, words: readonly string[]): number {
  let sum = 0
  for (const word of words) {
    const of = Math.max(within(entry.t, word) * 10, within(entry.s, word) * 6, within(entry.x, word))
    if (of === 0) return 0
    sum += of
  }
  return entry.s === '' ? sum * 1.5 : sum
}

function within(text: string, word: string): number {
  const small = text.toLowerCase()
  if (small === word) return 4
  const at = small.indexOf(word)
  if (at < 0) return 0
  return at === 0 || /[^\p{L}\p{N}]/u.test(small[at - 1]) ? 2 : 1
}

function close(): void {
  if (list === null || input === null) return
  list.hidden = true
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

function options(): HTMLLIElement[] {
  return list === null ? [] : [...list.querySelectorAll('li')]
}

/** The entry that Enter opens; -1 = none. */
function choose(at: number): void {
  for (const [i, option] of options().entries()) {
    option.setAttribute('aria-selected', String(i === at))
    if (i !== at) continue
    input?.setAttribute('aria-activedescendant', option.id)
    option.scrollIntoView({ block: 'nearest' })
  }
}

function chosen(): number {
  return options().findIndex((option) => option.getAttribute('aria-selected') === 'true')
}

function open(option: HTMLElement | undefined): void {
  const address = option?.dataset['to']
  if (address !== undefined) location.assign(address)
}

async function find(): Promise<void> {
  if (input === null || list === null || count === null) return
  const text = input.value.trim().toLowerCase()
  const words = text.split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return close()
  const all = await entries()
  // Somebody typed on meanwhile.
  if (input.value.trim().toLowerCase() !== text) return
  const found = all
    .map((entry) => ({ entry, points: score(entry, words) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, SHOWN)
  list.replaceChildren(
    ...found.map(({ entry }, i) => {
      const item = document.createElement('li')
      item.id = `found-${i}`
      item.setAttribute('role', 'option')
      item.setAttribute('aria-selected', String(i === 0))
      item.dataset['to'] = new URL(entry.u, new URL(site, location.href)).href
      item.textContent = entry.s === '' ? entry.t : entry.s
      const where = document.createElement('span')
      where.textContent = entry.s === '' ? entry.x.slice(0, 90) : entry.t
      item.append(where)
      item.addEventListener('click', () => open(item))
      return item
    }),
  )
  list.hidden = found.length === 0
  input.setAttribute('aria-expanded', String(found.length > 0))
  count.textContent = found.length === 0 ? `Nothing has all of: ${words.join(' ')}` : `${found.length} found`
  count.className = found.length === 0 ? 'nothing' : 'hidden'
  choose(0)
}

if (box !== null && input !== null) {
  box.hidden = false
  input.addEventListener('focus', () => void entries())
  input.addEventListener('input', () => void find())
  input.addEventListener('keydown', (event) => {
    const all = options()
    const at = chosen()
    if (event.key === 'ArrowDown') choose(Math.min(at + 1, all.length - 1))
    else if (event.key === 'ArrowUp') choose(Math.max(at - 1, 0))
    else if (event.key === 'Enter' && list?.hidden === false) open(all[Math.max(at, 0)])
    else if (event.key === 'Escape') {
      input.value = ''
      count?.replaceChildren()
      close()
    } else return
    event.preventDefault()
  })
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !box.contains(event.target)) close()
  })
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      input.focus()
    }
  })
}

export {}

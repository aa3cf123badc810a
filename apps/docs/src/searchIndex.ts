/** What the search of the site looks through: pages, and the sections of what people wrote. */
import { headingsOf, type Page } from './page.ts'
import { plainText } from './html.ts'

/** Short names: it is loaded as a whole. */
export interface Entry {
  /** Title of the page. */
  readonly t: string
  /** Heading of the section; '' = the page itself. */
  readonly s: string
  /** Address below the site's root. */
  readonly u: string
  /** Words to find it by, small letters. */
  readonly x: string
}

const WORDS_CHARACTERS = 700

export function searchIndex(pages: readonly Page[]): Entry[] {
  return pages.flatMap((page): Entry[] => {
    const self: Entry = { t: page.title, s: '', u: page.path, x: [page.description, ...page.keywords].join(' ').toLowerCase() }
    if (!page.listed) return [self]
    const sections = page.body.split(/(?=<h[23] id=)/).slice(1)
    return [
      self,
      ...headingsOf(page.body).map(({ id, title }, i) => ({
        t: page.title,
        s: title,
        u: `${page.path}#${id}`,
        x: plainText(sections[i]).toLowerCase().slice(0, WORDS_CHARACTERS),
      })),
    ]
  })
}
